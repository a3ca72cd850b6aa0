import { expect, test } from "vitest";
import { type ReadEntry, writeHar } from "./har.ts";

async function* each<T>(...items: T[]) {
  yield* items;
}

interface Told {
  readonly most: number;
  /** Requests of the second session that are not in it, and whether a third one is gone. */
  readonly left?: number;
  readonly isGone?: boolean;
  readonly entry?: ReadEntry;
}

async function write({ most, left = 0, isGone = false, entry = async (id, i) => `{"c":"${id}${i}"}` }: Told) {
  const sessions = each(
    { verdictId: "a", requests: [0, 1], left: 0, isGone: false },
    { verdictId: "b", requests: [5], left, isGone: false },
    { verdictId: "c", requests: [], left: 0, isGone },
  );
  let text = "";
  for await (const part of writeHar({ sessions, entry, creator: { name: "Sentinel", version: "1" }, most })) {
    text += Buffer.from(part);
  }
  return JSON.parse(text) as { log: { entries: { c: string }[]; comment: string; version: string } };
}

test("holds the requests of all sessions in their order", async () => {
  const { log } = await write({ most: 10 });
  expect(log.version).toBe("1.2");
  expect(log.entries.map(({ c }) => c)).toEqual(["a0", "a1", "b5"]);
  expect(log.comment).toBe("Secrets are masked.");
});

test("says what is left out", async () => {
  expect((await write({ most: 1 })).log).toMatchObject({
    entries: [{ c: "a0" }],
    comment: "Secrets are masked. These are the first 1 requests; there are more.",
  });
  const { log } = await write({ most: 10, entry: async (id, i) => (id === "b" ? null : `{"c":"${i}"}`) });
  expect(log.entries).toHaveLength(2);
  expect(log.comment).toContain("1 requests could not be read.");
  expect((await write({ most: 10, left: 4, isGone: true })).log.comment).toBe(
    "Secrets are masked. 1 sessions could not be read. 4 requests of long sessions were left out.",
  );
});
