import { workerData } from "node:worker_threads";
import { runOnnxThread } from "../engine/detect/classifier/onnx-thread.ts";

await runOnnxThread(workerData);
