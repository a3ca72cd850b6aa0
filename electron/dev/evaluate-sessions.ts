import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { wilson } from "../engine/base/proportions.ts";
import { parseSequence } from "../engine/detect/sequence/sequence-file.ts";
import { analyseRecording, findRecordings, shippedInputs } from "./session-vectors.ts";
import { listApplications, listHeldOut } from "./train/recordings.ts";
import { section } from "./train/tables.ts";

/** Sessions of one kind, and how many of them the product flags. */
interface Judged {
  sessions: number;
  flagged: number;
}

/**
 * What the product, as it is shipped, decides about recorded sessions of applications: every one of the honest (`APP/honest/*.har`), and
 * of each file with an attack (`APP/attack/*.har`) the worst.
 *
 * @param folder folders of applications
 * @returns a table, with the 95 % interval (Wilson) of both shares over all applications; what the shipped models were fitted to, and
 * what of the folder was left out
 * @throws Error for a folder without applications, and for a file of which no session can be read
 */
export async function describeRecordedSessions(folder: string): Promise<string> {
  const applications = listApplications(folder);
  if (applications.length === 0)
    throw new Error(`${folder} has no folders of applications: APP/honest/*.har, APP/attack/*.har.`);
  const inputs = {
    ...shippedInputs(),
    sequence: parseSequence(readFileSync(new URL("../../resources/model/sequence.json", import.meta.url))),
  };

  async function judge(application: string, kind: "honest" | "attack"): Promise<Judged> {
    const found = { sessions: 0, flagged: 0 };
    const directory = join(folder, application, kind);
    for (const file of existsSync(directory) ? findRecordings(directory) : []) {
      const flagged: boolean[] = [];
      for await (const { verdicts } of analyseRecording(file, inputs)) {
        flagged.push(...verdicts.map(({ verdict }) => verdict !== "benign"));
      }
      // Else an attack would count as missed that nobody looked at.
      if (flagged.length === 0) throw new Error(`Of ${file} no session can be read.`);
      const counted = kind === "honest" ? flagged : [flagged.includes(true)];
      found.sessions += counted.length;
      found.flagged += counted.filter(Boolean).length;
    }
    return found;
  }

  const rows: string[][] = [];
  const all = { honest: { sessions: 0, flagged: 0 }, attack: { sessions: 0, flagged: 0 } };
  for (const application of applications) {
    const row = [application];
    for (const kind of ["honest", "attack"] as const) {
      const { sessions, flagged } = await judge(application, kind);
      row.push(String(sessions), String(flagged));
      all[kind].sessions += sessions;
      all[kind].flagged += flagged;
    }
    rows.push(row);
  }
  rows.push(["all", ...[all.honest, all.attack].flatMap((kind) => [String(kind.sessions), shareOf(kind)])]);
  const decided = section(
    "Recorded sessions: what the product decides",
    ["application", "honest", "of them flagged", "with an attack", "of them flagged"],
    rows,
  );
  return [decided, describeFits(applications), ...describeHeldOut(folder)].join("\n");
}

/** What the shipped models have seen, by their cards, and which of these applications by their names. */
function describeFits(applications: readonly string[]): string {
  const statement = readFileSync(new URL("../../resources/model/DATA-STATEMENT.md", import.meta.url), "utf8");
  const fitted = [...new Set([...statement.matchAll(/^\| recording (.+?) \|/gm)].map(([, name]) => name!))];
  const seen = applications.filter((name) => fitted.includes(name));
  return [
    `The shipped payload model was fitted to public lists of payloads, to generated and other ordinary text, and to recorded honest sessions of ${fitted.join(", ")}; the`,
    "behaviour model to invented sessions; the model of sequences, which has no vote, to recorded honest use of nine applications.",
    seen.length === 0
      ? "None of the applications above has the name of one of them."
      : `Of the applications above it has seen, by their names: ${seen.join(", ")}.`,
    "The intervals hold for applications that no fit has seen: where others are among them, the shares are too good.",
  ].join("\n");
}

function describeHeldOut(folder: string): string[] {
  const names = listHeldOut(folder);
  return names.length === 0
    ? []
    : [`Left out, to be judged by their own names: ${names.map((name) => join(folder, name)).join(", ")}.`];
}

function shareOf({ flagged, sessions }: Judged): string {
  if (sessions === 0) return "0";
  const { value, low, high } = wilson(flagged, sessions);
  const percent = (share: number) => (100 * share).toFixed(1);
  return `${flagged}: ${percent(value)} % (${percent(low)} to ${percent(high)})`;
}
