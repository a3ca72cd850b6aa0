import { beginThread } from "./engine/store/store-thread.ts";
import { workerEntry } from "./entries.ts";
import { beginSupervisor } from "./supervisor-process.ts";

// The headless host and the command line.

// SECURITY: files made by this process are the owner's alone.
process.umask(0o077);

// A start is mostly the loading of code. What loads its own, beside this thread, begins before this thread loads the rest.
if (process.argv[2] === "serve") {
  beginThread(workerEntry("writer"));
  beginThread(workerEntry("reader"));
  beginSupervisor();
}
await import("./run-headless.ts");
