import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRandom } from "../anomaly/random.ts";
import { fitSequence, sequenceFeatureNames } from "./fit-sequence.ts";
import { type RequestStep, toStep } from "./request-step.ts";
import { parseSequence, serializeSequence } from "./sequence-file.ts";
import { createSequenceModel, type SequenceModel, start } from "./sequence-model.ts";
import { followSession } from "./session-surprise.ts";

test.each([
  ["GET", "/", 200, "GET / 2", "GET page 0 2"],
  ["GET", "/Products/17?q=1' OR 1=1", 404, "GET /products/{number} 4", "GET page 2 4"],
  ["POST", "/api/v1/user/9f8a7c6b5d4e3f2a", 201, "POST /api/v1/user/{text} 2", "POST api 4 2"],
  ["GET", "/static/app.min.js", null, "GET /static/app.min.js -", "GET script 2 -"],
  ["GET", "/reset/AKIAABCDEFGHIJKLMNO7P", 200, "GET /reset/{text} 2", "GET page 2 2"],
  ["get", "no path", 200, "OTHER / 2", "OTHER page 0 2"],
])("%s %s %s is known as %s", (method, path, status, route, shape) => {
  expect(toStep(method, path, status)).toEqual({ route, shape, succeeded: status === 200 || status === 201 });
});

const step = (text: string): RequestStep => {
  const [method, path, status] = text.split(" ");
  return toStep(method!, path!, Number(status));
};

/** Sessions of a small shop: the same few ways through it, with some variation. */
function drawVisits(count: number, seed: number): RequestStep[][] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => {
    const steps = ["GET / 200", "GET /shop.css 200", "GET /search 200"];
    for (let n = 1 + random.integer(4); n > 0; n--) steps.push(`GET /products/${random.integer(90)} 200`);
    if (random.next() < 0.6) steps.push("POST /cart 302", "GET /cart 200");
    if (random.next() < 0.3) steps.push("POST /checkout 302", "GET /orders 200");
    return steps.map(step);
  });
}

function surpriseOf(model: SequenceModel, steps: readonly RequestStep[]) {
  const session = followSession(model);
  for (const each of steps) session.add(each);
  return session.finish();
}

const content = fitSequence(drawVisits(80, 1));
const model = parseSequence(serializeSequence(content));

test("probabilities of what may follow add up to 1, after any context", () => {
  const symbols = content.symbols.length + 1;
  const anySymbol = fc.integer({ min: start, max: symbols - 1 });
  fc.assert(
    fc.property(fc.array(anySymbol, { maxLength: 4 }), (before) => {
      let total = 0;
      for (let symbol = 0; symbol < symbols; symbol++) {
        const bits = model.surprise(before, symbol);
        expect(Number.isFinite(bits) && bits > 0).toBe(true);
        total += 2 ** -bits;
      }
      expect(total).toBeCloseTo(1, 9);
    }),
    { numRuns: 40 * Number(process.env.TORTURE ?? 1) },
  );
});

test("the probabilities are those of the textbook", () => {
  const tiny = createSequenceModel({
    order: 1,
    sessions: 1,
    symbols: ["a", "b"],
    contexts: [
      {
        context: [],
        next: [
          [0, 3],
          [1, 1],
        ],
      },
      { context: [0], next: [[1, 1]] },
    ],
    reference: [],
  });
  // p() of b: (1 + 2·1/3) / (4 + 2); p(b|a): (1 + 1·p(b)) / (1 + 1); never seen after a: (0 + p(new)) / 2.
  const pb = (1 + 2 / 3) / 6;
  expect(2 ** -tiny.surprise([], 1)).toBeCloseTo(pb, 12);
  expect(2 ** -tiny.surprise([0], 1)).toBeCloseTo((1 + pb) / 2, 12);
  expect(2 ** -tiny.surprise([0], 2)).toBeCloseTo(2 / 3 / 6 / 2, 12);
  expect(2 ** -tiny.surprise([2], 1)).toBeCloseTo(pb, 12);
});

describe("sessions", () => {
  const honest = drawVisits(60, 2).map((steps) => surpriseOf(model, steps).mean);
  const p95 = honest.filter(Number.isFinite).sort((a, b) => a - b)[
    Math.floor(honest.filter(Number.isFinite).length * 0.95)
  ]!;

  test("a scan is more surprising than ordinary visits, and so is the same visit in disorder", () => {
    const scan = ["/admin", "/.git", "/backup.zip", "/wp-login.php", "/config"].map((path) => step(`GET ${path} 404`));
    expect(surpriseOf(model, [step("GET / 200"), ...scan]).mean).toBeGreaterThan(p95 * 1.5);
    const visit = drawVisits(20, 4).find(({ length }) => length >= 8)!;
    expect(surpriseOf(model, visit.toReversed()).mean).toBeGreaterThan(surpriseOf(model, visit).mean);
  });

  test("a scan within a visit shows in the worst stretch", () => {
    const visit = drawVisits(20, 4).find(({ length }) => length >= 8)!;
    const scan = ["/a", "/b", "/c", "/d", "/e"].map((path) => step(`TRACE ${path} 500`));
    const mixed = surpriseOf(model, [...visit, ...visit, ...visit, ...scan]);
    expect(mixed.peak).toBeGreaterThan(mixed.mean * 1.5);
  });

  test("of an application that the model does not know it says nothing", () => {
    const foreign = ["/wiki", "/wiki/edit", "/talk", "/wiki/history", "/recent"].map((path) => step(`GET ${path} 200`));
    const nothing = { mean: Number.NaN, peak: Number.NaN };
    expect(surpriseOf(model, foreign)).toEqual(nothing);
    // The front page alone, which every application has, does not make it known.
    expect(surpriseOf(model, [step("GET / 200"), ...foreign])).toEqual(nothing);
  });

  test("too few requests are not scored", () => {
    const few = [step("GET / 200"), step("GET /cart 200"), step("GET / 200"), step("GET / 200")];
    expect(surpriseOf(model, few)).toEqual({ mean: Number.NaN, peak: Number.NaN });
    expect(surpriseOf(model, [...few, step("GET / 200")]).mean).toBeGreaterThan(0);
  });

  test("the reference is what sessions not fitted to come out as", () => {
    const [mean, peak] = content.reference;
    expect(mean).toMatchObject({ name: "sequence_surprise" });
    expect(peak).toMatchObject({ name: "sequence_surprise_peak" });
    expect(mean!.quantiles![95]! / p95).toBeGreaterThan(0.7);
    expect(mean!.quantiles![95]! / p95).toBeLessThan(1.4);
  });
});

test("the same sessions give the same file; a route of a single session is not in it", () => {
  expect(serializeSequence(fitSequence(drawVisits(80, 1)))).toEqual(serializeSequence(content));
  const rare = [...drawVisits(30, 1), Array.from({ length: 6 }, () => step("GET /only-one-person 200"))];
  expect(fitSequence(rare).symbols.join()).not.toContain("only-one-person");
  expect(() => fitSequence([])).toThrow(RangeError);
});

test.each([
  { why: "another format", change: (text: string) => text.replace("sentinel-sequence 1", "sentinel-sequence 2") },
  { why: "an edited content", change: (text: string) => text.replace("/cart", "/kart") },
  { why: "an empty file", change: () => "" },
])("refuses $why", ({ change }) => {
  const text = serializeSequence(content).toString();
  expect(() => parseSequence(Buffer.from(change(text)))).toThrow(expect.objectContaining({ code: "MODEL_UNREADABLE" }));
});

test("refuses symbols that are none, even with the right hash", () => {
  const wrong = {
    ...content,
    contexts: [{ context: [], next: [[content.symbols.length + 1, 1]] as [number, number][] }],
  };
  expect(() => parseSequence(serializeSequence(wrong))).toThrow(/what follows/);
  const deep = { ...content, contexts: [{ context: [0, 0, 0, 0], next: [[0, 1]] as [number, number][] }] };
  expect(() => parseSequence(serializeSequence(deep))).toThrow(/a context/);
});

test("the shipped model is small, and holds names of routes and no data", () => {
  const bytes = readFileSync(new URL("../../../../resources/model/sequence.json", import.meta.url));
  expect(bytes.length).toBeLessThan(1_000_000);
  const { reference } = parseSequence(bytes);
  expect(reference.map(({ name }) => name)).toEqual([...sequenceFeatureNames]);
  expect(reference.every(({ sessions }) => sessions >= 100)).toBe(true);
  const { symbols } = JSON.parse(bytes.toString().split("\n")[1]!) as { symbols: string[] };
  const segment = String.raw`(?:[a-z][a-z_-]{0,23}\d{0,2}(?:\.[a-z]{1,5}){0,2}|\{number\}|\{text\})?`;
  const route = new RegExp(String.raw`^[A-Z]+ (?:(?:/${segment})+|[a-z]+ \d) [1-5-]$`);
  expect(symbols.filter((symbol) => !route.test(symbol))).toEqual([]);
});
