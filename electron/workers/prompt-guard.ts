import { workerData } from "node:worker_threads";
import { runGuardThread } from "../engine/agent/scan/prompt-guard/guard-thread.ts";

await runGuardThread(workerData);
