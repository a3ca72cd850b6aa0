import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parseBehaviour } from "../engine/detect/anomaly/behaviour-file.ts";
import { featureIndex, featureSchema } from "../engine/detect/features/session-features.ts";
import { drawHonestSessions } from "./behaviour/honest-sessions.ts";
import { describeSessions, shippedInputs } from "./session-vectors.ts";
import { readVectors } from "./train-behaviour.ts";

const folder = mkdtempSync(join(tmpdir(), "vectors-"));
afterAll(() => rmSync(folder, { recursive: true }));
const schema = ["a", "b"];

function writeLines(name: string, ...lines: string[]): string {
  const file = join(folder, name);
  writeFileSync(file, lines.join("\n"));
  return file;
}

test("reads named features in the order of the schema; null and unnamed are not available", async () => {
  const file = writeLines("good.jsonl", '{"b":2,"a":1}', "", '{"b":null}');
  expect(await readVectors(file, schema)).toEqual([Float64Array.of(1, 2), Float64Array.of(Number.NaN, Number.NaN)]);
});

test.each([
  { why: "another feature", line: '{"c":1}', message: /line 2: no feature c/ },
  { why: "text for a number", line: '{"a":"1"}', message: /line 2/ },
  { why: "half a line", line: '{"a":', message: /line 2/ },
])("names the place of $why", async ({ line, message }) => {
  const file = writeLines("bad.jsonl", '{"a":1}', line);
  await expect(readVectors(file, schema)).rejects.toThrow(message);
  await expect(readVectors(file, schema)).rejects.toMatchObject({ code: "INPUT_INVALID" });
});

test("vectors made from a recording are read again with the product's schema", async () => {
  const entry = (second: number) => ({
    startedDateTime: `2026-01-01T10:00:0${second}.000Z`,
    time: 12,
    request: {
      method: "GET",
      url: `https://app.example.com/items?page=${second}`,
      httpVersion: "HTTP/1.1",
      headers: [],
    },
    response: { status: 200, headers: [], content: { size: 5, mimeType: "text/html", text: "hello" } },
  });
  const har = writeLines("one.har", JSON.stringify({ log: { version: "1.2", entries: [entry(1), entry(3)] } }));
  const lines = [];
  for await (const vector of describeSessions(har, shippedInputs())) lines.push(JSON.stringify(vector));
  const names = featureSchema.map(({ name }) => name);
  const rows = await readVectors(writeLines("made.jsonl", ...lines), names);
  expect(rows.length).toBe(1);
  expect(rows[0]![featureIndex.get("n_requests")!]).toBe(2);
  expect(rows[0]![featureIndex.get("interarrival_mean_s")!]).toBe(2);
  expect(rows[0]![featureIndex.get("client_public")!]).toBeNaN();
});

describe("the shipped model", () => {
  const bytes = readFileSync(new URL("../../resources/model/behaviour.json", import.meta.url));
  const model = parseBehaviour(bytes);
  const honest = drawHonestSessions(150, 99);

  test("is small and knows today's features", () => {
    expect(bytes.length).toBeLessThan(1_000_000);
    // Features that were appended since it was fitted are not asked about.
    expect(model.schema).toEqual(featureSchema.slice(0, model.schema.length).map(({ name }) => name));
    expect(model.schema.length).toBeGreaterThanOrEqual(40);
    expect(model.background.length).toBe(100);
  });

  test("finds honest sessions that it has not seen ordinary", () => {
    const scores = honest.map(model.score).sort((a, b) => a - b);
    expect(scores[75]).toBeLessThan(0.15);
    expect(scores.at(-2)).toBeLessThan(0.45);
  });

  test("finds the same sessions with an attack in them suspicious", () => {
    const set = (row: Float64Array, features: Record<string, number>) => {
      const attacked = row.slice();
      for (const [name, value] of Object.entries(features)) attacked[featureIndex.get(name)!] = value;
      return attacked;
    };
    const attack = {
      n_payloads_over_half: 40,
      attacked_request_ratio: 0.6,
      top_payload_score: 0.99,
      n_attack_classes: 3,
      mean_payload_score: 0.3,
      sql_keyword_values: 30,
      max_sql_tokens: 30,
      error_rate: 0.5,
      server_error_rate: 0.3,
      n_errors: 40,
      n_server_errors: 20,
    };
    for (const row of honest) expect(model.score(set(row, attack))).toBeGreaterThan(0.7);
  });

  test("invented sessions are the same for the same seed, and varied", () => {
    expect(drawHonestSessions(20, 5)).toEqual(drawHonestSessions(20, 5));
    const requests = honest.map((row) => row[featureIndex.get("n_requests")!]!);
    expect(Math.min(...requests)).toBe(1);
    expect(Math.max(...requests)).toBeGreaterThan(300);
    const pace = honest.map((row) => row[featureIndex.get("request_rate_per_min")!]!);
    expect(pace.some(Number.isNaN)).toBe(true);
  });
});
