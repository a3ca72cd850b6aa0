import { expect, test } from "vitest";
import { analysisVersion, hashAnalysisConfig } from "./analysis-config.ts";
import { maskedPath } from "./masked-path.ts";

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
  ];
  expect(new Set([base, ...others]).size).toBe(6);
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
