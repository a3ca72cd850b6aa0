import { SentinelError } from "../../shared/errors.ts";
import { serveHost } from "../host.ts";
import { openWindow } from "../open-window.ts";
import { hasRedirectFile, readRunFile, redirectUrl } from "../run-file.ts";
import { type Command, exitCodes, type Surroundings } from "./command.ts";

export const serve: Command = {
  name: "serve",
  summary: "Start the engine and its user interface",
  usage: "[--no-window]",
  details: `Opens a window of an installed Chromium, Chrome or Edge where there is a display, else prints the address. When an
engine runs already, opens or prints that one's. Ends with Ctrl-C or SIGTERM.`,
  options: { "no-window": { type: "boolean" } },
  operands: [0, 0],
  async run({ options, around }) {
    const home = around.config.SENTINEL_HOME;
    const show = async (url: string) => {
      const isOpen = options["no-window"] !== true && openWindow(url, home);
      await around.write(isOpen ? `A window opens. To open another: ${url}\n` : `Open this in a browser: ${url}\n`);
    };
    const host = await serveHost({ ...around, host: "headless", checkOutput: false }).catch((error: unknown) => {
      if (error instanceof SentinelError && error.code === "LOCKED") return error;
      throw error;
    });
    if (host instanceof SentinelError) {
      // The one that runs may just be starting: its file appears when it is ready.
      if (!(await isReachable(home, around.stop))) throw host;
      await around.write("Sentinel runs already.\n");
      if (hasRedirectFile(home)) await show(redirectUrl(home));
      else await around.write("It is the desktop application: use its window.\n");
      return exitCodes.done;
    }
    try {
      if (host.url !== null) await show(host.url);
      if ("problem" in host.external) around.tell(host.external.problem);
      else await around.write(`Other programs call ${host.external.origin} (see ${host.external.origin}/docs).\n`);
      if (host.network !== null) {
        if ("problem" in host.network) around.tell(host.network.problem);
        else await around.write(`The network calls ${host.network.origin}, by each name of its certificate.\n`);
      }
      await aborted(around.stop);
    } finally {
      await host.close();
    }
    return exitCodes.done;
  },
};

async function isReachable(home: string, stop: AbortSignal): Promise<boolean> {
  for (let tries = 0; tries < 50 && !stop.aborted; tries++) {
    if (readRunFile(home) !== undefined) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

function aborted(signal: Surroundings["stop"]): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
