import { parentPort, workerData } from "node:worker_threads";
import { startReader } from "../engine/store/reader-thread.ts";
import { storeModules } from "./modules.ts";

if (parentPort === null) throw new Error("This file is the entry of a reader thread.");
startReader(parentPort, workerData, storeModules);
