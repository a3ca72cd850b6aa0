import { createReadStream, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AttackClass } from "../../../../shared/payload.ts";
import type { PlanApplication, SimulatorMessage } from "../../../../shared/simulator.ts";
import { judgeCsrf } from "../../detect/csrf.ts";
import { extractPayloads } from "../../detect/extract/extract-payloads.ts";
import type { FindingRecord } from "../../detect/verdicts/verdict-record.ts";
import { type Exchange, renderRequest } from "../../evidence/exchange.ts";
import { readExchanges } from "../../evidence/readers.ts";
import type { SandboxDriver } from "../../sandbox/driver.ts";
import type { SandboxExit, SandboxMount } from "../../sandbox/spec.ts";
import { buildPlan, type Plan } from "./build-plan.ts";
import { chooseRequests } from "./choose-requests.ts";
import { createOutputReader } from "./read-output.ts";
import { findSimulatorFiles, type SimulatorFiles, simulationSpec } from "./simulator-files.ts";

/** For tests: shipped samples as plans, and plans played in real sandboxes. */
const resources = join(import.meta.dirname, "../../../../resources");
export const files = findSimulatorFiles(resources);

interface Planted {
  readonly entry: number;
  readonly class: AttackClass;
  readonly payload: string;
}

interface Sample {
  readonly exchanges: readonly Exchange[];
  readonly findings: readonly FindingRecord[];
}

/** A sample with its planted attacks as findings. */
export async function readSample(file: string): Promise<Sample> {
  const path = join(resources, "samples", file);
  const { files: all } = JSON.parse(readFileSync(join(resources, "samples/manifest.json"), "utf8")) as {
    files: { file: string; attacks: Planted[] }[];
  };
  const exchanges: Exchange[] = [];
  for await (const batch of readExchanges("har", createReadStream(path))) exchanges.push(...batch);
  const planted = all.find((one) => one.file === file)!.attacks;
  const findings = planted.flatMap((attack) => findingsOf(exchanges[attack.entry]!, attack));
  return { exchanges, findings };
}

/** Findings as detection would have them: each value that holds some of what was planted. */
function findingsOf(exchange: Exchange, { class: kind, payload }: Planted): FindingRecord[] {
  const { text } = renderRequest(exchange);
  if (kind === "csrf") {
    const name = exchange.headers![judgeCsrf(exchange)!.header]![0];
    const value = exchange.headers![judgeCsrf(exchange)!.header]![1];
    return [findingOf(exchange, kind, { place: "header", name, start: text.indexOf(value), text: value })];
  }
  const wanted = payload.trim();
  return extractPayloads(exchange, renderRequest(exchange))
    .values.filter(({ text: value, place }) => {
      const decoded = decodeURIComponent(value.replaceAll("+", " ").replace(/%(?![0-9a-f]{2})/gi, "%25")).trim();
      return (
        decoded !== "" &&
        place !== "header" &&
        place !== "cookie" &&
        (decoded === wanted || (kind === "xxe" && value.startsWith("<!DOCTYPE")))
      );
    })
    .map((value) => findingOf(exchange, kind, value));
}

export function findingOf(
  exchange: Exchange,
  kind: AttackClass,
  value: Pick<FindingRecord, "place" | "name" | "text"> & { readonly start: number },
): FindingRecord {
  const request = renderRequest(exchange);
  const bytesBefore = (end: number) => Buffer.byteLength(request.text.slice(0, end));
  const span = { start: bytesBefore(value.start), end: bytesBefore(value.start + value.text.length) };
  return {
    request: exchange.index,
    requestLine: `${exchange.method} ${exchange.target.split("?")[0]}`,
    host: exchange.host,
    place: value.place,
    name: value.name,
    span,
    text: value.text,
    canonical: value.text,
    decodings: [],
    class: kind,
    confidence: 1,
    probabilities: [],
    family: null,
    set: [],
    spans: [],
    cut: false,
    outcome: "unclear",
    outcomeReason: "",
  };
}

export function planOf({ exchanges, findings }: Sample, application: PlanApplication): Plan {
  const rows = exchanges.map(({ index, method, target, host }) => ({
    index,
    method,
    host,
    path: target.split("?", 1)[0]!,
  }));
  const { chosen } = chooseRequests(rows, new Set(findings.map(({ request }) => request)));
  const indexes = new Set(chosen.map(({ index }) => index));
  return buildPlan(
    application,
    exchanges.filter(({ index }) => indexes.has(index)),
    findings,
  );
}

/** Plays a plan in a sandbox of its own. */
export async function playIn(
  driver: SandboxDriver,
  { plan }: Plan,
  mounts: readonly SandboxMount[] = [],
  installed: SimulatorFiles = files,
) {
  const messages: SimulatorMessage[] = [];
  const output = createOutputReader((message) => messages.push(message));
  const errors: string[] = [];
  const sandbox = await driver.start(
    simulationSpec(installed, plan, { image: null, mounts, egress: [], label: "test" }),
    (chunk, stream) => {
      if (stream === "stdout") output.read(chunk);
      else errors.push(Buffer.from(chunk).toString("utf8"));
    },
  );
  const exit: SandboxExit = await sandbox.ended;
  const results = messages.filter((message) => message.type === "payload");
  return { messages, results, exit, errors: errors.join("") };
}
