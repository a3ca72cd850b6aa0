import { readFile, stat } from "node:fs/promises";
import { SentinelError } from "../../shared/errors.ts";
import { fingerprint, type ReportVerdict, verifyReport } from "../engine/report/signature.ts";
import { readReportKey } from "../engine/reporting.ts";
import { type Command, exitCodes } from "./command.ts";
import { whyUnreadable } from "./unreadable.ts";

/** Largest file that is looked at: a report is far smaller. */
const maxBytes = 256 * 1024 ** 2;

export const verifyReportCommand: Command = {
  name: "verify-report",
  summary: "Check that a report is as it was signed",
  usage: "FILE [--key ed25519:…] [--json]",
  details: `Needs no engine. Without --key the report must be signed by this data directory's own key; with it by that key, which should have reached
you apart from the file. Exit code 3 when it was changed, is no report, or was signed by another key.`,
  options: { key: { type: "string" }, json: { type: "boolean" } },
  operands: [1, 1],
  async run({ operands, options, around }) {
    const [path = ""] = operands;
    const key = typeof options.key === "string" ? options.key : await readReportKey(around.config.SENTINEL_HOME);
    if (!/^ed25519:[A-Za-z0-9_-]{43}$/.test(key)) {
      around.tell("A key has the form ed25519: and 43 characters.");
      return exitCodes.badUsage;
    }
    const reason = await whyUnreadable(path);
    if (reason !== null) {
      around.tell(`${path}: ${reason}`);
      return exitCodes.refused;
    }
    const result = verifyReport(await readReport(path), key);
    await around.write(options.json ? `${JSON.stringify({ file: path, ...result })}\n` : `${inWords(result, key)}\n`);
    return result.verdict === "valid" ? exitCodes.done : exitCodes.refused;
  },
};

async function readReport(path: string): Promise<Buffer> {
  try {
    const { size } = await stat(path);
    if (size > maxBytes) throw new SentinelError("INPUT_TOO_LARGE", `${path} is larger than any report.`);
    return await readFile(path);
  } catch (error) {
    if (error instanceof SentinelError) throw error;
    throw new SentinelError("EVIDENCE_UNREADABLE", `${path} cannot be read.`, undefined, error);
  }
}

function inWords({ verdict, key }: ReportVerdict, expected: string): string {
  switch (verdict) {
    case "valid":
      return `The report is whole: signed with ${fingerprint(expected)} and not changed since.`;
    case "changed":
      return "THE REPORT WAS CHANGED after it was signed: do not rely on it.";
    case "other_key":
      return `The report is whole, but SIGNED WITH ANOTHER KEY: ${key} (${fingerprint(key ?? "")}).`;
    case "no_report":
      return "THIS IS NO SIGNED REPORT, or its end was cut off or added to.";
  }
}
