import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { developmentAttacks } from "./development-attacks.ts";
import { developmentHonest } from "./development-honest.ts";
import { unseenAttacks } from "./unseen-attacks.ts";
import { unseenHonest } from "./unseen-honest.ts";
import { readWrittenTexts } from "./written-texts.ts";

/** Runs of four words; of a text with fewer, and of scripts without blanks, of eight characters. */
function runsOf(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}_']+/gu) ?? [];
  if (words.length >= 4) return new Set(words.slice(3).map((_, i) => words.slice(i, i + 4).join(" ")));
  const letters = [...text.toLowerCase().replace(/\s+/g, "")];
  return new Set(letters.slice(7).map((_, i) => letters.slice(i, i + 8).join("")));
}

const written = readWrittenTexts().flatMap(({ attack, honest }) => [attack ?? [], honest ?? []].flat());

test("no text was written twice", () => {
  expect(written.length).toBeGreaterThan(15_000);
  expect(new Set(written).size).toBe(written.length);
});

test("no written text shares half of its words with a text that judges it", () => {
  const unseen = JSON.parse(readFileSync(join(import.meta.dirname, "unseen-texts.json"), "utf8")) as object;
  const sets = [unseenAttacks, developmentAttacks, { unseenHonest, developmentHonest }, unseen];
  const judging = sets.flatMap((set) => Object.values(set) as string[][]).flat();
  expect(judging.length).toBeGreaterThan(1000);
  const runs = judging.map(runsOf);
  const where = new Map<string, number[]>();
  for (const [i, some] of runs.entries()) for (const run of some) where.set(run, [...(where.get(run) ?? []), i]);
  const near = written.filter((text) => {
    const own = runsOf(text);
    const shared = new Map<number, number>();
    for (const run of own) for (const i of where.get(run) ?? []) shared.set(i, (shared.get(i) ?? 0) + 1);
    return [...shared].some(([i, count]) => count >= 0.5 * Math.min(own.size, runs[i]!.size));
  });
  expect(near).toEqual([]);
});
