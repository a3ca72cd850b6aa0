import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { defaultSettings } from "../../../../shared/settings.ts";
import type { Exchange } from "../../evidence/exchange.ts";
import { parseBehaviour } from "../anomaly/behaviour-file.ts";
import { loadClassifier } from "../classifier/payload-model.ts";
import { fusionConfig } from "../fusion.ts";
import type { VerdictRecord } from "../verdicts/verdict-record.ts";
import { type AnalysedBatch, analyseExchanges } from "./analyse-evidence.ts";
import type { AnalysisInputs } from "./session-analysis.ts";

const model = (name: string) => readFileSync(new URL(`../../../../resources/model/${name}`, import.meta.url));
const inputs: AnalysisInputs = {
  classifier: loadClassifier(model("payload.bin")),
  behaviour: parseBehaviour(model("behaviour.json")),
  fusion: fusionConfig(defaultSettings),
  enrichmentHash: "",
  extractorVersion: "",
};

/** The n-th request of a visitor, whose body has `size` characters; every ninth is an attack. */
function requestOf(visitor: number, n: number, size: number): Omit<Exchange, "index"> {
  const asked = n % 9 === 8 ? `${visitor}' UNION SELECT ${n} FROM users-- ` : `shoes ${n}`;
  return {
    offset: 0,
    length: 0,
    startedAt: Date.UTC(2026, 0, 5, 8) + n * 1000 + visitor,
    durationMs: 20 + n,
    clientAddress: `198.51.100.${visitor}`,
    method: "POST",
    scheme: "https",
    host: "shop.example",
    target: `/search?q=${encodeURIComponent(asked)}`,
    httpVersion: "HTTP/1.1",
    headers: [
      ["Host", "shop.example"],
      ["Content-Type", "text/plain"],
    ],
    body: "word ".repeat(size / 5),
    bodyCut: false,
    response: { status: 200, headers: [], size: 900 + n, body: null, bodyCut: false },
  };
}

async function analyse(exchanges: readonly Exchange[], waitsFrom = 2): Promise<AnalysedBatch[]> {
  async function* read() {
    yield exchanges;
  }
  const options = { gapMs: 1_800_000, describeClient: () => null, now: () => 0, waitsFrom, batchSize: 50 };
  const batches: AnalysedBatch[] = [];
  for await (const batch of analyseExchanges(read(), { inputs, evidence: { id: "e", kind: "har" }, ...options })) {
    batches.push(batch);
  }
  return batches;
}

const judged = ({ id: _id, session: _session, findings, worst, ...rest }: VerdictRecord) => ({
  ...rest,
  payloads: findings.map(({ request: _request, ...finding }) => finding),
  attacked: worst.map(({ class: name, confidence }) => ({ name, confidence })),
});

test.each([
  { size: 10, why: "small ones, which all wait until their sessions end" },
  { size: 100_000, why: "large ones, of which few may wait" },
])("sessions among each other are judged as each of them alone: $why", async ({ size }) => {
  const visitors = [1, 2, 3, 4];
  const mixed = Array.from({ length: 40 }, (_, n) => visitors.map((visitor) => requestOf(visitor, n, size)))
    .flat()
    .map((request, index) => ({ ...request, index }));
  const together = await analyse(mixed);
  expect(together.flatMap(({ requests }) => requests.map(({ index }) => index))).toEqual(
    mixed.map(({ index }) => index),
  );
  const verdicts = together.flatMap((batch) => batch.verdicts);
  expect(verdicts.map(({ client }) => client)).toEqual(visitors.map((visitor) => `198.51.100.${visitor}`));
  for (const verdict of verdicts) {
    const own = mixed.filter(({ clientAddress }) => clientAddress === verdict.client);
    const [alone] = (await analyse(own)).flatMap((batch) => batch.verdicts);
    expect(verdict.findings.length).toBeGreaterThan(3);
    expect(judged(verdict)).toEqual(judged(alone!));
  }
});

test("requests wait in bounded memory: what is large is judged before its session ends", async () => {
  const size = 400_000;
  const judgedTexts = new Set<string>();
  const { classifier } = inputs;
  const seeing: AnalysisInputs["classifier"] = {
    ...classifier,
    score(text, context) {
      if (text.length < 100) judgedTexts.add(text);
      return classifier.score(text, context);
    },
  };
  let most = 0;
  async function* read() {
    for (let n = 0; n < 60; n++) {
      most = Math.max(most, n - judgedTexts.size);
      yield [{ ...requestOf(1 + (n % 4), n, size), headers: [], index: n }];
    }
  }
  const options = { gapMs: 1_800_000, describeClient: () => null, now: () => 0, waitsFrom: 2 };
  const own = { ...options, inputs: { ...inputs, classifier: seeing }, evidence: { id: "e", kind: "har" } as const };
  const found: VerdictRecord[] = [];
  for await (const { verdicts } of analyseExchanges(read(), own)) found.push(...verdicts);
  expect(found).toHaveLength(4);
  expect(judgedTexts.size).toBe(60);
  expect(most * size).toBeGreaterThan(4_000_000);
  expect(most * size).toBeLessThan(9_000_000);
});
