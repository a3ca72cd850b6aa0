import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { withoutErased } from "./backup-keys.ts";
import { subjectTag } from "./seal.ts";
import { addTombstones, readTombstones, setAsideName, type Tombstone, tombstonesAround } from "./tombstones.ts";

let folder: string;
const at = "2026-01-01T00:00:00.000Z";
const evidence = (n: number): Tombstone => ({ kind: "evidence", id: `e${n}`, sha256: `${n}`.repeat(64), at });
const text: Tombstone = { kind: "text", subject: "a".repeat(32), at };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sentinel-tombstones-"));
  mkdirSync(join(folder, "home", "keys"), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const keys = () => join(folder, "home", "keys");

test("each erasure counts once, and a line that a crash cut off costs only itself", async () => {
  expect(await readTombstones(keys())).toEqual([]);
  await addTombstones(keys(), [evidence(1), text]);
  await addTombstones(keys(), [evidence(1)]);
  appendFileSync(join(keys(), "erased.jsonl"), '{"kind":"evid');
  await addTombstones(keys(), [evidence(2)]);
  expect(await readTombstones(keys())).toEqual([evidence(1), text, evidence(2)]);
  expect(readFileSync(join(keys(), "erased.jsonl"), "utf8").endsWith("\n")).toBe(true);
});

test("what was erased in a data directory that was set aside is known to the one in its place", async () => {
  const home = join(folder, "home");
  const aside = setAsideName(home, at);
  mkdirSync(join(aside, "keys"), { recursive: true });
  await addTombstones(join(aside, "keys"), [evidence(3)]);
  await addTombstones(keys(), [text]);
  expect(await tombstonesAround(home)).toEqual([text, evidence(3)]);
  expect(await tombstonesAround(join(folder, "another"))).toEqual([]);
});

test("keys of erased evidence, of its texts, and of erased texts are left out", () => {
  const key = (space: string, name: string, binding = "") => ({ space, file: { name, binding } });
  const blob = key("blobs", "k1", "1".repeat(64));
  const other = key("blobs", "k2", "2".repeat(64));
  const about = key("subjects", subjectTag("e1"));
  const note = key("subjects", "a".repeat(32));
  const engine = key("engine", "a".repeat(32));
  expect(withoutErased([blob, other, about, note, engine], [evidence(1), text])).toEqual([other, engine]);
});
