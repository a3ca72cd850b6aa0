import { runCommandLine } from "./cli/run-command.ts";
import { composeEngine } from "./compose.ts";
import { productVersion } from "./entries.ts";
import { surroundProcess, tell, writeOut } from "./process-surroundings.ts";

process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

process.exitCode = await runCommandLine(process.argv.slice(2), productVersion, { write: writeOut, tell }, () =>
  surroundProcess(composeEngine),
);
