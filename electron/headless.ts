import { runCommandLine } from "./cli/run-command.ts";
import { composeEngine } from "./compose.ts";
import { productVersion } from "./entries.ts";
import { surroundProcess, tell, writeOut } from "./process-surroundings.ts";

// The headless host and the command line.

// SECURITY: files made by this process are the owner's alone.
process.umask(0o077);
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

process.exitCode = await runCommandLine(process.argv.slice(2), productVersion, { write: writeOut, tell }, () =>
  surroundProcess(composeEngine),
);
