import { parentPort } from "node:worker_threads";
import { startReader } from "../engine/store/reader-thread.ts";
import { storeModules } from "./modules.ts";

const host = parentPort;
if (host === null) throw new Error("This file is the entry of a reader thread.");
// Begun, perhaps, before there was anything to work on.
host.once("message", (start) => startReader(host, start, storeModules));
