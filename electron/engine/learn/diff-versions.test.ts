import fc from "fast-check";
import { expect, test } from "vitest";
import { splits } from "../../../shared/dataset.ts";
import { payloadClasses } from "../../../shared/payload.ts";
import { diffVersions } from "./diff-versions.ts";

const rows = fc
  .uniqueArray(
    fc.record({
      id: fc.stringMatching(/^[a-f]{1,2}$/),
      label: fc.constantFrom(...payloadClasses),
      split: fc.constantFrom(...splits),
    }),
    { selector: ({ id }) => id },
  )
  .map((all) => all.toSorted((a, b) => (a.id < b.id ? -1 : 1)));

async function* paged<T>(all: readonly T[]): AsyncGenerator<readonly T[]> {
  for (let at = 0; at < all.length; at += 3) yield all.slice(at, at + 3);
}

test("what is counted as changed is what turns one version into the other", async () => {
  await fc.assert(
    fc.asyncProperty(rows, rows, async (from, to) => {
      const { counts, byClass, rows: changed } = await diffVersions(paged(from), paged(to), 1000);
      const made = new Map(from.map((row) => [row.id, { label: row.label, split: row.split }]));
      for (const { change, id, to: now } of changed) {
        if (change === "removed") made.delete(id);
        else made.set(id, now!);
      }
      expect([...made].sort()).toEqual(to.map(({ id, label, split }) => [id, { label, split }]).sort());
      expect(counts.added - counts.removed).toBe(to.length - from.length);
      let total = 0;
      for (const sides of byClass.values()) total += sides.to;
      expect(total).toBe(to.length);
    }),
    { numRuns: 100 * Number(process.env.TORTURE ?? 1) },
  );
});

test("shows some of each change and counts all", async () => {
  const many = Array.from(
    { length: 100 },
    (_, i) => ({ id: `${i}`.padStart(3, "0"), label: "xss", split: "train" }) as const,
  );
  const { counts, rows: changed } = await diffVersions(paged([]), paged(many), 7);
  expect(counts).toEqual({ added: 100, removed: 0, relabelled: 0, moved: 0 });
  expect(changed).toHaveLength(7);
});
