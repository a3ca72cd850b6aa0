import { parentPort, workerData } from "node:worker_threads";
import { startWriter } from "../engine/store/writer-thread.ts";
import { storeModules } from "./modules.ts";

if (parentPort === null) throw new Error("This file is the entry of the writer thread.");
startWriter(parentPort, workerData, storeModules);
