import { parseArgs } from "node:util";
import { SentinelError } from "../../shared/errors.ts";
import { analyze } from "./analyze.ts";
import { backup, restore } from "./backup.ts";
import { certificates } from "./certificates.ts";
import { type Command, exitCodes, type Surroundings } from "./command.ts";
import { dataset } from "./dataset.ts";
import { federate } from "./federate.ts";
import { gatekeeper } from "./gatekeeper.ts";
import { panic, rekey, verifyAudit } from "./maintenance.ts";
import { mcp } from "./mcp.ts";
import { predict } from "./predict.ts";
import { serve } from "./serve.ts";
import { train } from "./train.ts";
import { verifyReportCommand } from "./verify-report.ts";
import { verifyUpdate } from "./verify-update.ts";

export const commands: readonly Command[] = [
  serve,
  analyze,
  predict,
  dataset,
  train,
  federate,
  gatekeeper,
  certificates,
  mcp,
  backup,
  restore,
  verifyAudit,
  verifyReportCommand,
  verifyUpdate,
  panic,
  rekey,
];

/** Output of the command line apart from the engine: what help and usage errors need. */
type Voice = Pick<Surroundings, "write" | "tell">;

/**
 * Runs one command.
 * @param args the command's name and its arguments
 * @param surround made only when a command runs: help needs no configuration
 * @returns the exit code
 */
export async function runCommandLine(
  args: readonly string[],
  version: string,
  voice: Voice,
  surround: () => Surroundings,
): Promise<number> {
  const [name, ...rest] = args;
  if (name === "--version") {
    await voice.write(`${version}\n`);
    return exitCodes.done;
  }
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    await voice.write(overview());
    return name === undefined ? exitCodes.badUsage : exitCodes.done;
  }
  const command = commands.find((one) => one.name === name);
  if (command === undefined) {
    voice.tell(`There is no command "${name}".\n\n${overview()}`);
    return exitCodes.badUsage;
  }
  if (rest.includes("--help") || rest.includes("-h")) {
    await voice.write(`sentinel ${command.name} ${command.usage}\n\n${command.summary}.\n${command.details}\n`);
    return exitCodes.done;
  }
  const parsed = parse(command, rest);
  if (typeof parsed === "string") {
    voice.tell(`${parsed}\nUsage: sentinel ${command.name} ${command.usage}`);
    return exitCodes.badUsage;
  }
  let stop: AbortSignal | undefined;
  try {
    const around = surround();
    stop = around.stop;
    return await command.run({ ...parsed, around });
  } catch (error) {
    const isAbort = error instanceof Error && error.name === "AbortError";
    if (stop?.aborted === true && (isAbort || error instanceof SentinelError)) {
      voice.tell("Interrupted.");
      return exitCodes.interrupted;
    }
    if (!(error instanceof SentinelError)) throw error;
    voice.tell(`${error.code}: ${error.toJSON().message}`);
    return exitCodeOf(error);
  }
}

/** What cannot be used is unavailable; what was given and refused is refused. */
export function exitCodeOf(error: SentinelError): number {
  if (error.code === "LOCKED" || error.status === 503) return exitCodes.unavailable;
  if (error.code === "SETTING_INVALID") return exitCodes.badUsage;
  return exitCodes.refused;
}

function parse(command: Command, args: string[]) {
  try {
    const { values, positionals } = parseArgs({ args, options: command.options, allowPositionals: true, strict: true });
    const [fewest, most] = command.operands;
    if (positionals.length < fewest) return `${command.name} needs ${command.usage}.`;
    if (positionals.length > most) return `"${positionals[most]}" is more than ${command.name} takes.`;
    return { operands: positionals, options: values as Record<string, string | boolean | undefined> };
  } catch (error) {
    return (error as Error).message;
  }
}

function overview(): string {
  const width = Math.max(...commands.map((command) => command.name.length));
  const lines = commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`);
  return `sentinel COMMAND

${lines.join("\n")}

"sentinel COMMAND --help" says more. The data directory is SENTINEL_HOME.
Exit codes: 0 done, 2 bad usage, 3 input refused, 4 engine unavailable, 5 read in part, 130 interrupted.
`;
}
