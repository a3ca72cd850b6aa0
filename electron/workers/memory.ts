import { MessagePort, parentPort, workerData } from "node:worker_threads";
import { startMemoryThread } from "../engine/memory/memory-thread.ts";

if (parentPort === null || !(workerData instanceof MessagePort)) {
  throw new Error("This file is the entry of the memory's thread.");
}
startMemoryThread(parentPort, workerData);
