import { expect, test } from "vitest";
import { writeHar } from "./har.ts";

async function* each<T>(...items: T[]) {
  yield* items;
}

async function write(
  most: number,
  entry = async (id: string, i: number): Promise<string | null> => `{"c":"${id}${i}"}`,
) {
  const sessions = each({ verdictId: "a", requests: [0, 1] }, { verdictId: "b", requests: [5] });
  let text = "";
  for await (const part of writeHar({ sessions, entry, creator: { name: "Sentinel", version: "1" }, most })) {
    text += Buffer.from(part);
  }
  return JSON.parse(text) as { log: { entries: { c: string }[]; comment: string; version: string } };
}

test("holds the requests of all sessions in their order", async () => {
  const { log } = await write(10);
  expect(log.version).toBe("1.2");
  expect(log.entries.map(({ c }) => c)).toEqual(["a0", "a1", "b5"]);
  expect(log.comment).toBe("Secrets are masked.");
});

test("says what is left out", async () => {
  expect((await write(1)).log).toMatchObject({
    entries: [{ c: "a0" }],
    comment: "Secrets are masked. The first 1 requests; 2 more were left out.",
  });
  const { log } = await write(10, async (id, i) => (id === "b" ? null : `{"c":"${i}"}`));
  expect(log.entries).toHaveLength(2);
  expect(log.comment).toContain("1 requests could not be read.");
});
