import { parentPort } from "node:worker_threads";
import { startWriter } from "../engine/store/writer-thread.ts";
import { storeModules } from "./modules.ts";

const host = parentPort;
if (host === null) throw new Error("This file is the entry of the writer thread.");
// Begun, perhaps, before there was anything to work on.
host.once("message", (start) => startWriter(host, start, storeModules));
