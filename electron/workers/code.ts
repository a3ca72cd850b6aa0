import { createCodeScanner } from "../engine/agent/scan/code/code-scanner.ts";
import { createCodeReader } from "../engine/agent/scan/code/read-code.ts";
import { createEchoScanner } from "../engine/agent/scan/echo.ts";
import type { Scannable, ScanOutcome } from "../engine/agent/scan/scanner.ts";

/** The grammars take half a second: once for each thread, when there is something to look at. */
const opened = createCodeReader().then((reader) => ({
  code: createCodeScanner(reader),
  echo: createEchoScanner(reader),
}));

/** Looks at the code of one text. */
export async function scan({ name, what }: { name: "code" | "echo"; what: Scannable }): Promise<ScanOutcome> {
  // The thread is ended when nobody waits any more.
  return await (await opened)[name].scan(what, new AbortController().signal);
}
