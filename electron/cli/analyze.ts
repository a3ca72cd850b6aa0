import { openAsBlob } from "node:fs";
import { basename } from "node:path";
import type { z } from "zod";
import { errorTold, SentinelError } from "../../shared/errors.ts";
import { getEvidence, importEvidence } from "../../shared/evidence.ts";
import { extentWords } from "../../shared/extent-words.ts";
import { passedOverWords } from "../../shared/passed-over-words.ts";
import { getVerdict, listVerdicts, type VerdictSummary } from "../../shared/verdict.ts";
import { type ApiClient, openClient, waitForJob } from "./client.ts";
import { type Command, exitCodes, type Surroundings } from "./command.ts";
import { whyUnreadable } from "./unreadable.ts";

type Summary = z.infer<typeof VerdictSummary>;

export const analyze: Command = {
  name: "analyze",
  summary: "Import files as evidence and print the verdict of each session",
  usage: "FILE… [--json]",
  details: `Reads HAR files, evidence packages, access logs and raw requests. With --json, one JSON object a session:
{file, session, verdict, score, requests, payloads: [{request, place, class, confidence}]}, where request is the
entry's index in its file; extent says how many different payloads were found, and what was not looked at. Without --json,
lines with "left out:" below a session's line say so. A file that is refused is named on standard error, and the others go on (exit code 3). What of a file could not be read is
told there too, with its place; what could be is printed (exit code 5 unless a file was refused).`,
  options: { json: { type: "boolean" } },
  operands: [1, 10_000],
  async run({ operands, options, around }) {
    const client = await openClient(around);
    let code: number = exitCodes.done;
    try {
      for (const file of operands) {
        const reason = await whyUnreadable(file);
        if (reason !== null) {
          around.tell(`${file}: ${reason}`);
          code = exitCodes.refused;
          continue;
        }
        try {
          const isWhole = await analyzeFile(client, file, options.json === true, around);
          if (!isWhole && code === exitCodes.done) code = exitCodes.inPart;
        } catch (error) {
          if (!(error instanceof SentinelError) || error.status === 503) throw error;
          around.tell(`${file}: ${error.code}: ${error.toJSON().message}`);
          code = exitCodes.refused;
        }
      }
    } finally {
      await client.close();
    }
    return code;
  },
};

/** @returns whether all of the file was read; what was not is told */
async function analyzeFile(client: ApiClient, file: string, asJson: boolean, around: Surroundings): Promise<boolean> {
  const evidenceId = await importFile(client, file, around.stop);
  const sessions = await sessionsOf(client, evidenceId);
  if (sessions.length === 0) around.tell(`${file}: No request came out of it, so there is nothing to judge.`);
  for (const summary of sessions) {
    const { session, verdict, score, requests } = summary;
    // A verdict is explained when it is asked for: only where it has something to add.
    const whole = asJson || summary.left_out === true ? await client.call(getVerdict, { id: summary.id }) : null;
    const extent = whole?.extent ?? null;
    const attacks = whole?.findings.filter((finding) => finding.prediction.class !== "benign") ?? [];
    if (!asJson) {
      const what = verdict === "benign" ? "" : `  ${summary.class}`;
      const line = `${file}  ${session}  ${verdict}  ${score.toFixed(3)}  ${requests} requests${what}`;
      const leftOut = extentWords(extent, attacks.length).map((words) => `${file}  ${session}  left out: ${words}`);
      await around.write(`${[line, ...leftOut].join("\n")}\n`);
      continue;
    }
    const payloads = attacks.flatMap((finding) =>
      [finding.request, ...(finding.repeats ?? []).map((r) => r.request)].map((request) => ({
        request,
        place: finding.place,
        class: finding.prediction.class,
        confidence: finding.prediction.confidence,
      })),
    );
    await around.write(
      `${JSON.stringify({ file, session, verdict, score, requests, payloads, ...(extent === null ? {} : { extent }) })}\n`,
    );
  }
  return await tellProblems(client, file, evidenceId, around);
}

/** @returns whether there are none of the content */
async function tellProblems(client: ApiClient, file: string, id: string, around: Surroundings): Promise<boolean> {
  const { problems, problem_count, custody } = await client.call(getEvidence, { id });
  const passedOver = passedOverWords(custody);
  if (passedOver !== null) around.tell(`${file}: ${passedOver}`);
  for (const { code, place, message } of problems) around.tell(`${file}: ${code}: ${place}: ${message}`);
  if (problem_count > problems.length) around.tell(`${file}: and ${problem_count - problems.length} problems more.`);
  // What a model could not judge was read all the same.
  return problems.every(({ code }) => code === "UNAVAILABLE");
}

/** Uploads one file and waits for its analysis. @returns the evidence's id */
async function importFile(client: ApiClient, file: string, stop: AbortSignal): Promise<string> {
  const body = await openFile(file);
  const { job_id } = await client.call(
    importEvidence,
    { file_name: basename(file).slice(0, 400), channel: "command line" },
    body,
  );
  const job = await waitForJob(client, job_id, stop);
  const evidenceId = job.result?.evidence_id;
  if (job.state === "done" && typeof evidenceId === "string") return evidenceId;
  throw errorTold(job.error) ?? new SentinelError("CANCELLED", `The import is ${job.state}.`);
}

/** The file's bytes, read as they are sent. @throws SentinelError EVIDENCE_GONE */
async function openFile(file: string): Promise<Blob> {
  try {
    return await openAsBlob(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SentinelError("EVIDENCE_GONE", `The file cannot be read (${code}).`, undefined, error);
  }
}

/** All sessions of one evidence, in the order of their names: s1, s2, … */
async function sessionsOf(client: ApiClient, evidenceId: string): Promise<Summary[]> {
  const all: Summary[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.call(listVerdicts, { evidence_id: evidenceId, limit: 500, cursor });
    all.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return all.sort((a, b) => a.session.localeCompare(b.session, "en", { numeric: true }));
}
