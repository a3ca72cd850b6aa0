import { createPublicKey, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Checkpoint } from "../../../shared/audit.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { publicKeyPem, signCheckpoint, signingKey } from "./checkpoint.ts";
import { genesisHash, hashEvent } from "./event-row.ts";
import { createLogChecker } from "./log-checker.ts";
import type { EventRow } from "./store.ts";
import { verifyFile, verifyRows } from "./verify-log.ts";

const runs = 60 * Number(process.env.TORTURE ?? 1);
const at = "2026-01-31T00:00:00.000Z";
const seed = randomBytes(32);
const publicKey = createPublicKey(publicKeyPem(seed));

/** Gives events their numbers, links and hashes. */
function chain(events: readonly EventRow[], from = 0): EventRow[] {
  const linked = events.slice(0, from);
  for (const event of events.slice(from)) {
    const next = { ...event, seq: linked.length + 1, prev_hash: linked.at(-1)?.hash ?? genesisHash };
    linked.push({ ...next, hash: hashEvent(next) });
  }
  return linked;
}

function makeLog(length: number): EventRow[] {
  const events = Array.from(
    { length },
    (_, index): EventRow => ({
      seq: 0,
      id: `event-${index}`,
      entity_type: "alert",
      entity_id: `a${index}`,
      base_version: 0,
      version: 1,
      kind: "alert.closed",
      payload: { reason: `r\u2028${index}` },
      inverse: null,
      batch_id: null,
      actor: "analyst",
      role: "analyst",
      node_id: "node",
      origin: null,
      state: "confirmed",
      at,
      prev_hash: "",
      hash: "",
    }),
  );
  return chain(events);
}

function sign(log: readonly EventRow[], count = log.length): Checkpoint {
  return signCheckpoint(signingKey(seed), { count, head: log[count - 1]!.hash, at, node_id: "node" });
}

const swap = (log: readonly EventRow[], i: number, j: number): EventRow[] => log.with(i, log[j]!).with(j, log[i]!);

/** Each way to tamper: index `i` of a log of 10 or more events, another index `j > i`. */
const tampering: { fault: string; how: string; change: (log: EventRow[], i: number, j: number) => EventRow[] }[] = [
  { fault: "edited", how: "a payload", change: (log, i) => log.with(i, { ...log[i]!, payload: { reason: "other" } }) },
  { fault: "edited", how: "an actor", change: (log, i) => log.with(i, { ...log[i]!, actor: "nobody" }) },
  { fault: "edited", how: "a time", change: (log, i) => log.with(i, { ...log[i]!, at: "2020-01-31T00:00:00.000Z" }) },
  { fault: "edited", how: "a hash", change: (log, i) => log.with(i, { ...log[i]!, hash: "f".repeat(64) }) },
  { fault: "edited", how: "a number", change: (log, i) => log.with(i, { ...log[i]!, seq: log[i]!.seq + 1 }) },
  {
    fault: "edited",
    how: "an event and its own hash",
    change: (log, i) => {
      const event = { ...log[i]!, actor: "nobody" };
      return log.with(i, { ...event, hash: hashEvent(event) });
    },
  },
  { fault: "removed", how: "one event", change: (log, i) => log.toSpliced(i, 1) },
  { fault: "removed", how: "several events", change: (log, i, j) => log.toSpliced(i, j - i) },
  {
    fault: "removed",
    how: "one event, the rest renumbered",
    change: (log, i) => log.toSpliced(i, 1).map((event, index) => ({ ...event, seq: index + 1 })),
  },
  { fault: "swapped", how: "two events", change: swap },
  {
    fault: "swapped",
    how: "two neighbours, with their numbers exchanged",
    change: (log, i) => swap(log, i, i + 1).map((event, index) => ({ ...event, seq: index + 1 })),
  },
  { fault: "swapped", how: "one event twice", change: (log, i, j) => log.toSpliced(j, 0, log[i]!) },
  {
    fault: "rechained",
    how: "an event, with all hashes after it computed anew",
    change: (log, i) => chain(log.with(i, { ...log[i]!, actor: "nobody" }), i),
  },
  {
    fault: "rechained",
    how: "an event put in, with all hashes after it computed anew",
    change: (log, i) => chain(log.toSpliced(i, 0, { ...log[i]!, id: "new" }), i),
  },
  { fault: "truncated", how: "the newest events", change: (log, i) => log.slice(0, i) },
  { fault: "truncated", how: "everything", change: () => [] },
];

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sentinel-log-"));
});
afterAll(() => rm(directory, { recursive: true }));

async function exportLog(log: readonly EventRow[], tail = ""): Promise<string> {
  const path = join(directory, "audit.jsonl");
  await writeFile(path, log.map((event) => `${canonicalJson(event)}\n`).join("") + tail);
  return path;
}

describe("a log that was not tampered with", () => {
  test("is in order, as rows and as a file", async () => {
    const log = makeLog(20);
    const reference = { checkpoints: [sign(log, 7), sign(log)], publicKey };
    const want = { ok: true, entries: 20, head: log.at(-1)!.hash, faults: [] };
    expect(verifyRows(log, reference)).toEqual(want);
    expect(await verifyFile(await exportLog(log), reference)).toEqual(want);
  });

  test("that ends in an unfinished line has a torn tail and nothing else", async () => {
    const line = canonicalJson(makeLog(5)[4]!);
    for (const cut of [1, 40, line.length - 1, line.length]) {
      const found = await verifyFile(await exportLog(makeLog(4), line.slice(0, cut)));
      expect(found).toMatchObject({ ok: true, entries: 4, faults: [{ fault: "torn_tail" }] });
    }
  });
});

describe.each(tampering)("tampering with $how", ({ fault, change }) => {
  test(`is reported as ${fault}, wherever it happens`, () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 1, max: 9 }), (i, distance) => {
        const log = makeLog(20);
        const found = verifyRows(change(log, i, i + distance), { checkpoints: [sign(log)], publicKey });
        expect(found.ok).toBe(false);
        expect([...new Set(found.faults.map((one) => one.fault))]).toEqual([fault]);
      }),
      { numRuns: runs },
    );
  });

  test("is reported so in a file", async () => {
    const log = makeLog(20);
    const found = await verifyFile(await exportLog(change(log, 5, 9)), { checkpoints: [sign(log)], publicKey });
    expect(found.faults[0]).toMatchObject({ fault });
  });
});

describe("checkpoints", () => {
  test("of another key are refused", () => {
    const log = makeLog(5);
    const statement = { count: 5, head: log[4]!.hash, at, node_id: "node" };
    const forged = signCheckpoint(signingKey(randomBytes(32)), statement);
    expect(verifyRows(log, { checkpoints: [forged], publicKey }).faults).toMatchObject([
      { fault: "edited", seq: null },
    ]);
  });

  test("whose count was changed are refused", () => {
    const log = makeLog(5);
    const moved = { ...sign(log, 5), count: 4 };
    expect(verifyRows(log, { checkpoints: [moved], publicKey }).faults).toMatchObject([{ fault: "edited" }]);
  });

  test("that disagree show a chain computed anew", () => {
    const log = makeLog(5);
    const other = chain(log.with(1, { ...log[1]!, actor: "nobody" }), 1);
    const found = verifyRows(other, { checkpoints: [sign(log), sign(other)], publicKey });
    expect(found.faults.map((one) => one.fault)).toContain("rechained");
  });
});

test("what cannot be parsed counts as edited", () => {
  const checker = createLogChecker({});
  const log = makeLog(3);
  for (const event of [log[0]!, null, log[2]!]) checker.add(event);
  expect(checker.finish().faults).toMatchObject([{ fault: "edited", seq: 2 }]);
});
