import fc from "fast-check";
import { expect, test } from "vitest";
import { joinLabels, type Label, mayRead, valueSources } from "../base/labels.ts";
import {
  ana,
  createWordServer,
  type MemoryUnderTest,
  never,
  openMemory,
  temporaryFolder,
  until,
} from "./fixture-memory.ts";

const runs = 15 * Number(process.env.TORTURE ?? 1);

const people = ["ana", "ben", "eve"] as const;
const label: fc.Arbitrary<Label> = fc.record({
  integrity: fc.constantFrom("trusted", "untrusted"),
  readers: fc.oneof(
    fc.constant("everyone" as const),
    fc.subarray([...people]).map((readers) => readers.toSorted()),
  ),
  sources: fc.subarray([...valueSources]),
});
const words = fc.constantFrom("alpha basket", "beta scanner", "gamma login", "delta invoice");
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("store" as const),
      text: words,
      label,
      source: fc.constantFrom("s1", "s2", "s3"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom("restart" as const, "rebuild" as const, "re-embed" as const) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("revoke" as const), source: fc.constantFrom("s1", "s2", "s3") }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("undo" as const) }) },
);

/** What must be there: text, label and source of each chunk, as one text. */
const nameOf = (chunk: { text: string; label: Label; source: string }) =>
  JSON.stringify([chunk.text, chunk.label, chunk.source]);

test("no label is lost or changed by storing, restarting, rebuilding, embedding again, deduplicating, revoking and undoing", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
      const folder = temporaryFolder();
      const server = createWordServer();
      let t: MemoryUnderTest = await openMemory(folder.path, server);
      const there = new Map<string, { text: string; label: Label; source: string }>();
      const revoked = new Map<string, string>();
      try {
        for (const now of steps) {
          if (now.do === "store") {
            const storing = t.memory.store({ ...now, source: { id: now.source, kind: "file" } }, ana);
            if (revoked.has(now.source)) await expect(storing).rejects.toMatchObject({ code: "CONFLICT" });
            else {
              await storing;
              there.set(nameOf(now), now);
            }
          } else if (now.do === "revoke") {
            const known = [...there.values()].some(({ source }) => source === now.source);
            if (!known || revoked.has(now.source)) continue;
            const { source } = await t.memory.source(now.source, ["ana"]);
            revoked.set(now.source, (await t.memory.revoke(now.source, "", source.version, ana)).eventId);
          } else if (now.do === "undo") {
            const [last] = [...revoked].reverse();
            if (last === undefined) continue;
            await t.store.undo(last[1], ana);
            revoked.delete(last[0]);
          } else if (now.do === "rebuild") await t.store.rebuild();
          else {
            await t.stop();
            if (now.do === "re-embed") server.version++;
            t = await openMemory(folder.path, server);
            await until(async () => t.jobs.active("embed-memory").length === 0);
          }
          await check(
            t,
            [...there.values()].filter(({ source }) => !revoked.has(source)),
          );
        }
      } finally {
        await t.stop();
        folder.remove();
      }
    }),
    { numRuns: runs },
  );
});

/** Everybody finds exactly what they may read, with its label, and the answer has the join of them. */
async function check(
  t: MemoryUnderTest,
  want: readonly { text: string; label: Label; source: string }[],
): Promise<void> {
  for (const who of [["ana"], ["ana", "eve"], "everyone"] as const) {
    const readable = want.filter(({ label: { readers } }) => mayRead(readers, who));
    const answers = [
      (await t.memory.list({ source: null, before: null, limit: 50, who })).chunks,
      (await t.memory.search({ q: "alpha basket beta scanner gamma login delta invoice", limit: 50, who }, never))
        .found,
    ];
    for (const answer of answers) {
      const got = answer.map(({ text, label, source }) => nameOf({ text, label, source: source.id }));
      expect(got.toSorted()).toEqual(readable.map(nameOf).toSorted());
    }
    const { found, label } = await t.memory.search({ q: "basket login", limit: 3, who }, never);
    expect(label).toEqual(joinLabels(found.map((one) => one.label)));
  }
}
