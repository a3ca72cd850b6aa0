import fc from "fast-check";
import { expect, test } from "vitest";
import { mask } from "../../evidence/secrets.ts";
import { analysisVersion, hashAnalysisConfig } from "./analysis-config.ts";
import { maskedPath, maskedQuery } from "./masked-path.ts";

const fusion = { payloadWeight: 0.6, tagThreshold: 0.5, simulateThreshold: 0.75 };
const reading = { session_gap_minutes: 30, max_entry_mb: 32 };

test("each setting that decides changes the hash, what else is set does not", () => {
  const base = hashAnalysisConfig(fusion, reading);
  const others = [
    hashAnalysisConfig({ ...fusion, payloadWeight: 0.61 }, reading),
    hashAnalysisConfig({ ...fusion, tagThreshold: 0.51 }, reading),
    hashAnalysisConfig({ ...fusion, simulateThreshold: 0.76 }, reading),
    hashAnalysisConfig(fusion, { ...reading, session_gap_minutes: 31 }),
    hashAnalysisConfig(fusion, { ...reading, max_entry_mb: 33 }),
    hashAnalysisConfig(fusion, { ...reading, class_set_error_rate: "0.01" }),
  ];
  expect(new Set([base, ...others]).size).toBe(7);
  // Verdicts of before it could be chosen keep their identifiers.
  expect(hashAnalysisConfig(fusion, { ...reading, class_set_error_rate: "0.05" })).toBe(base);
  const more = { ...reading, time_zone: "local" };
  expect(hashAnalysisConfig(fusion, more)).toBe(base);
});

test("the version of an analysis begins with the extractor's and covers all that decides", () => {
  const identity = {
    extractorVersion: "1.2",
    modelHash: "m",
    anomalyHash: "a",
    configHash: "c",
    enrichment: ["", null, []],
  };
  const version = analysisVersion(identity);
  expect(version).toMatch(/^1\.2 [0-9a-f]{64}$/);
  const changed = Object.keys(identity).map((name) => analysisVersion({ ...identity, [name]: "other" }));
  expect(new Set([version, ...changed]).size).toBe(6);
});

test.each([
  ["/a/b?token=1", "/a/b"],
  ["/reset/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0xMjM.c2ln?x", "/reset/\u2022\u2022\u2022\u2022\u2022\u2022\u2022\u2022"],
  ["/cart;session_id=abc/items", "/cart;session_id=\u2022\u2022\u2022\u2022\u2022\u2022\u2022\u2022"],
  ["*", "*"],
])("the path of %s without secrets is %s", (target, want) => {
  expect(maskedPath(target)).toBe(want);
});

test.each([
  ["/a/b", ""],
  ["/search?q=cheap+shoes&page=2", "?q=cheap+shoes&page=2"],
  ["/login?token=short&next=/home", "?token=\u2022\u2022\u2022\u2022\u2022\u2022\u2022\u2022&next=/home"],
  ["/pay?card=4111111111111111", "?card=\u2022\u2022\u2022\u2022\u2022\u2022\u2022\u2022"],
  ["/search?q=1' OR '1'='1", "?q=1' OR '1'='1"],
  ["/a?b", "?b"],
])("the query of %s without secrets is %s", (target, want) => {
  expect(maskedQuery(target)).toBe(want);
});

test("a query masks what the request itself masks, whichever way it is read, and is cut after that", () => {
  const names = fc.constantFrom("q", "page", "token", "pin", "session_id", "apiKey", "a.b", "card");
  const values = fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9._~%+-]{0,14}$/),
    fc.constantFrom("4111111111111111", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0xMjM.c2ln", "' OR 1=1", ""),
  );
  const pairs = fc.array(fc.tuple(names, values), { maxLength: 6 });
  fc.assert(
    fc.property(pairs, (given) => {
      const target = `/p?${given.map(([name, value]) => `${name}=${value}`).join("&")}`;
      const masked = mask(target);
      expect(maskedQuery(target)).toBe(masked.slice(masked.indexOf("?")));
    }),
    { numRuns: 200 * Number(process.env.TORTURE ?? 1) },
  );
  const long = maskedQuery(`/p?q=${"x y ".repeat(800)}&token=abc`);
  expect(long).toHaveLength(2000);
  expect(long.endsWith("\u2026")).toBe(true);
});
