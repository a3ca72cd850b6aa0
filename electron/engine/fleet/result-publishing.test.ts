import pino from "pino";
import { afterEach, describe, expect, test } from "vitest";
import { SentinelError } from "../../../shared/errors.ts";
import { type JudgedSession, SentinelVerdict, SimResult, topics } from "../../../shared/fleet.ts";
import type { Verdict } from "../../../shared/verdict.ts";
import { noTracing } from "../base/tracing.ts";
import type { StoredEvidence } from "../evidence/evidence-tables.ts";
import { forwardModule } from "../store/forward-table.ts";
import { openInlineStore } from "../store/inline-store.ts";
import type { EventRow } from "../store/store.ts";
import { ana } from "../triage/fixture-alerts.ts";
import type { OutgoingMessage } from "./message-bus.ts";
import { type ResultSources, resultMessages } from "./result-messages.ts";
import { createResultPublishing } from "./result-publishing.ts";

const clock = { now: () => Date.UTC(2026, 0, 31) };
const log = pino({ level: "silent" });
const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** A verdict with as many findings of 24 KB, numbered from the worst on. */
function verdictOf(id: string, findings: number): Verdict {
  const payload_predictions = Array.from({ length: findings }, (_, request) => ({
    ...{
      request,
      place: "query",
      name: "q",
      span: { start: 0, end: 1 },
      decodings: [],
      outcome: "unclear",
      outcome_reason: "",
    },
    ...{ text: "\u0001".repeat(2000), canonical: "\u0001".repeat(2000) },
    prediction: { class: "xss", confidence: 0.9, probabilities: {} },
  }));
  return { verdict_id: id, payload_predictions } as unknown as Verdict;
}

/** What is sent of one piece of evidence with these verdicts. @param mostBytes that the broker takes at once */
async function publish(verdicts: readonly Verdict[], mostBytes: number) {
  const store = openInlineStore({ modules: [forwardModule], clock });
  const batches: OutgoingMessage[][] = [];
  const publishing = createResultPublishing({
    ...{ store, log, tracing: noTracing, target: "test", onChange: () => {}, onLeftOut: () => {} },
    bus: {
      async send(messages) {
        const bytes = messages.reduce((sum, { value }) => sum + Buffer.byteLength(value ?? ""), 0);
        if (bytes > mostBytes) throw new SentinelError("UNAVAILABLE", "Too large.", { too_large: true });
        batches.push([...messages]);
      },
    },
    sources: {
      nodeId: "node",
      evidence: async () => ({ evidence: { kind: "har", size_bytes: 1 }, sha256: "0".repeat(64) }) as StoredEvidence,
      arrivalOf: async () => null,
      otherNames: async () => [],
      traceOf: () => null,
      async *verdicts() {
        for (const verdict of verdicts) yield { verdict, session: {} as JudgedSession };
      },
      simulation: async () => null,
    },
  });
  open.push(store.close, publishing.close);
  const counts = { simulate: verdicts.length, tag: 0, benign: 0, digest: "0".repeat(64) };
  const unknown = { clock_offset_ms: null, recorded_by: null };
  const payload = {
    ...unknown,
    requests: 1,
    sessions: 1,
    verdicts: counts,
    overlapping: 0,
    problems: [],
    problem_count: 0,
    extractor_version: "1",
  };
  await store.append(
    [{ entityType: "evidence", entityId: "one", baseVersion: 0, kind: "evidence.analysed", payload, inverse: null }],
    ana,
  );
  await publishing.follow();
  await expect.poll(() => batches.flat().some(({ topic }) => topic === topics.evidenceReady)).toBe(true);
  const told = batches
    .flat()
    .flatMap(({ topic, value }) => (topic === topics.verdict ? [JSON.parse(String(value))] : []));
  return { batches, told: told as SentinelVerdict[], leftOut: publishing.leftOut() };
}

describe("results that are larger than a broker takes", () => {
  const broker = 1024 ** 2;
  const ids = (told: readonly SentinelVerdict[]) => told.map(({ verdict }) => verdict.verdict_id);

  test("are told in several batches, in their order", async () => {
    const verdicts = Array.from({ length: 30 }, (_, i) => verdictOf(`v${i}`, 10));
    const { batches, told, leftOut } = await publish(verdicts, broker);
    expect(ids(told)).toEqual(verdicts.map(({ verdict_id }) => verdict_id));
    expect(batches.length).toBeGreaterThan(5);
    expect(leftOut).toBe(0);
    expect(told[0]).not.toHaveProperty("findings_left_out");
  });

  test("tell the worst of their findings, and how many are left out", async () => {
    const { told, leftOut } = await publish(
      [verdictOf("small", 1), verdictOf("large", 50), verdictOf("after", 1)],
      broker,
    );
    expect(ids(told)).toEqual(["small", "large", "after"]);
    const { verdict, findings_left_out } = told[1]!;
    expect(verdict.payload_predictions.map(({ request }) => request)).toEqual(Array.from({ length: 25 }, (_, i) => i));
    expect(findings_left_out).toBe(25);
    expect(SentinelVerdict.shape.findings_left_out.parse(findings_left_out)).toBe(25);
    expect(leftOut).toBe(0);
  });

  test("are left out and counted where the broker takes even less; what comes after is told", async () => {
    const { told, leftOut } = await publish(
      [verdictOf("small", 1), verdictOf("large", 20), verdictOf("after", 1)],
      100_000,
    );
    expect(ids(told)).toEqual(["small", "after"]);
    expect(leftOut).toBe(1);
  });
});

describe("what a simulation came to", () => {
  const ended = (payload: object): EventRow =>
    ({
      kind: "simulation.ended",
      entity_type: "simulation",
      entity_id: "s1",
      at: "2026-01-31T00:00:00.000Z",
      payload,
    }) as EventRow;
  const tell = async (payload: object, kept: { verdictId: string } | null = { verdictId: "v1" }) =>
    await Array.fromAsync(
      resultMessages(ended(payload), { nodeId: "node", simulation: async () => kept } as unknown as ResultSources),
    );

  test.each([
    { verdict: "exploit_possible", score: 0.9, confirmed: 2 },
    { verdict: "exploit_improbable", score: null, confirmed: 0 },
  ])("is told as $verdict", async (payload) => {
    const [message, ...more] = await tell(payload);
    expect(more).toEqual([]);
    expect(message).toMatchObject({ topic: topics.simulation, key: "s1" });
    expect(SimResult.parse(JSON.parse(String(message!.value)))).toMatchObject({
      ...{ simulation_id: "s1", verdict_id: "v1", node_id: "node" },
      ...payload,
    });
  });

  test("is not told where nothing ran, or where it is not kept any more", async () => {
    expect(await tell({ verdict: "not_simulated", score: null, confirmed: 0 })).toEqual([]);
    expect(await tell({ verdict: "exploit_possible", score: 1, confirmed: 1 }, null)).toEqual([]);
  });
});
