import { GateKey } from "../../shared/gatekeeper-protocol.ts";
import { systemClock } from "../engine/base/clock.ts";
import { gateFingerprint } from "../engine/respond/gatekeeper/signed-text.ts";
import { productVersion } from "../entries.ts";
import { startGatekeeper } from "../gatekeeper/gatekeeper.ts";
import { type Command, exitCodes } from "./command.ts";

export const gatekeeper: Command = {
  name: "gatekeeper",
  summary: "Stand before an application and do what the rules say",
  usage: "FOLDER --upstream http://HOST:PORT [--port 8081] [--control-port 8082] [--engine ed25519:…]",
  details: `Passes every request to the application, unless a rule stops it. Needs no engine while it runs: the rules it was sent last lie, signed,
in FOLDER. The first start needs --engine, the key that the screen Gatekeepers shows, and prints the key to enter there. Both ports
are of 127.0.0.1. What it fails to check passes, and is counted under /health of the control port. Ends with Ctrl-C or SIGTERM.`,
  options: {
    upstream: { type: "string" },
    port: { type: "string" },
    "control-port": { type: "string" },
    engine: { type: "string" },
  },
  operands: [1, 1],
  async run({ operands, options, around }) {
    const upstream = URL.parse(String(options.upstream ?? ""));
    if (upstream?.protocol !== "http:" || upstream.href !== `${upstream.origin}/`) {
      around.tell("--upstream is written as http://127.0.0.1:8080.");
      return exitCodes.badUsage;
    }
    const port = readNumber(options.port, 8081, 0, 65_535);
    const controlPort = readNumber(options["control-port"], 8082, 0, 65_535);
    if (port === null || controlPort === null) {
      around.tell("Ports are 0 to 65535.");
      return exitCodes.badUsage;
    }
    if (options.engine !== undefined && !GateKey.safeParse(options.engine).success) {
      around.tell("A key has the form ed25519: and 43 characters.");
      return exitCodes.badUsage;
    }
    const started = await startGatekeeper({
      folder: operands[0]!,
      upstream,
      port,
      controlPort,
      ...(typeof options.engine === "string" ? { engine: options.engine } : {}),
      version: productVersion,
      clock: systemClock,
      tell: around.tell,
    });
    await around.write(`Visitors go in at ${started.origin}, before ${upstream.origin}.
Enter in Sentinel, on the screen Gatekeepers:
  address  ${started.control}
  key      ${started.key}
  (${gateFingerprint(started.key)})
`);
    if (!around.stop.aborted) {
      await new Promise<void>((resolve) => around.stop.addEventListener("abort", () => resolve(), { once: true }));
    }
    await started.close();
    return exitCodes.done;
  },
};

function readNumber(
  given: string | boolean | undefined,
  otherwise: number,
  least: number,
  most: number,
): number | null {
  if (given === undefined) return otherwise;
  const value = /^\d{1,6}$/.test(String(given)) ? Number(given) : -1;
  return value >= least && value <= most ? value : null;
}
