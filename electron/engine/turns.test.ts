import { expect, test } from "vitest";
import { createTurns } from "./turns.ts";

test("work of one name is done in order, also after a failure; other names do not wait", async () => {
  const turns = createTurns();
  const done: string[] = [];
  const gate = Promise.withResolvers<void>();
  const work = (what: string) => async () => {
    done.push(what);
  };
  const first = turns.take("a", async () => {
    await gate.promise;
    done.push("first");
    throw new Error("first");
  });
  const second = turns.take("a", work("second"));
  await turns.take("b", work("other"));
  expect(done).toEqual(["other"]);
  gate.resolve();
  await expect(first).rejects.toThrow("first");
  await second;
  await turns.take("a", work("third"));
  expect(done).toEqual(["other", "first", "second", "third"]);
});

test("whoever gives up waiting leaves the line without letting others pass the one that works", async () => {
  const turns = createTurns();
  const gate = Promise.withResolvers<void>();
  const stop = new AbortController();
  const done: string[] = [];
  const first = turns.take("a", async () => {
    await gate.promise;
    done.push("first");
  });
  const given = turns.take("a", async () => void done.push("given"), stop.signal);
  const last = turns.take("a", async () => void done.push("last"));
  stop.abort(new Error("enough"));
  await expect(given).rejects.toThrow("enough");
  expect(done).toEqual([]);
  gate.resolve();
  await Promise.all([first, last]);
  expect(done).toEqual(["first", "last"]);
});
