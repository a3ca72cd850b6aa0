import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SentinelError } from "../../shared/errors.ts";
import { sha256 } from "./base/ids.ts";
import type { Principal } from "./base/principals.ts";
import type { ObjectShelf } from "./fleet/object-shelf.ts";
import { createReportKeeping } from "./keeping-reports.ts";
import { reportModule } from "./report/kept-table.ts";
import { openInlineStore } from "./store/inline-store.ts";
import type { StoreHost } from "./store/store.ts";

const by: Principal = { actor: "ana", role: "analyst", caller: "ui" };
const clock = { now: () => Date.UTC(2026, 5, 1) };
const away = new SentinelError("UNAVAILABLE", "S3 does not answer.");

/** A shelf in memory whose keys can be held, and that can be away. */
function memoryShelf() {
  const objects = new Map<string, Buffer>();
  const held = new Set<string>();
  const state = { isAway: false, asked: 0 };
  const reach = () => {
    state.asked++;
    if (state.isAway) throw away;
  };
  const shelf: ObjectShelf = {
    address: "s3://shelf/",
    async put(key, { open }) {
      reach();
      objects.set(key, Buffer.concat(await Array.fromAsync(open())));
      return "put";
    },
    async look(key) {
      reach();
      const found = objects.get(key);
      if (found === undefined) throw new SentinelError("NOT_FOUND", "S3 does not have the object.");
      return { size: found.length, version: "1", sha256: sha256(found) };
    },
    async *read(key, from) {
      reach();
      yield objects.get(key)!.subarray(from);
    },
    async *list() {},
    async remove(key) {
      reach();
      if (held.has(key)) throw new SentinelError("OBJECT_HELD", `S3 keeps ${key}.`);
      objects.delete(key);
    },
    close() {},
  };
  return { shelf, objects, held, state };
}

describe("reports on a shelf", () => {
  let store: StoreHost;
  let memory: ReturnType<typeof memoryShelf>;
  let keeping: ReturnType<typeof createReportKeeping>;
  beforeEach(() => {
    store = openInlineStore({ modules: [reportModule], clock });
    memory = memoryShelf();
    keeping = createReportKeeping({ store, clock, shelf: memory.shelf, isOn: true, patienceMs: 300 });
  });
  afterEach(() => store.close());

  async function keep(text: string, evidence: readonly string[]): Promise<string> {
    const file = Buffer.from(text);
    await keeping.keep(file, sha256(file), { alert_id: "a" }, evidence, 0, by);
    return sha256(file);
  }

  test("one that the shelf does not take in time is refused, and is found by an erasure all the same", async () => {
    memory.state.isAway = true;
    await expect(keep("one", ["e1"])).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringMatching(/not given out.*S3 does not answer/),
    });
    expect((await keeping.list()).items).toMatchObject([{ kept: false }]);
    memory.state.isAway = false;
    expect(await keeping.removeErased(() => true)).toEqual({ left: [], others: 0 });
    expect((await keeping.list()).items).toEqual([]);
  });

  test("what an erasure cannot remove is named, and stays listed until it can", async () => {
    const [first, second] = [await keep("one", ["e1"]), await keep("two", ["e1", "e2"])];
    await keep("three", ["e3"]);
    memory.held.add(`reports/${first}.html`);
    const erased = (id: string) => id === "e1";
    expect(await keeping.removeErased(erased)).toEqual({
      left: [{ sha256: first, address: `s3://shelf/reports/${first}.html`, why: `S3 keeps reports/${first}.html.` }],
      others: 1,
    });
    expect(memory.objects.has(`reports/${second}.html`)).toBe(false);
    expect((await keeping.list()).items).toHaveLength(2);
    memory.held.clear();
    expect((await keeping.removeErased(erased)).left).toEqual([]);
    expect([...memory.objects.keys()]).toHaveLength(1);
  });

  test("a shelf that is away is waited for once, not for each report", async () => {
    for (const text of ["one", "two", "three"]) await keep(text, ["e1"]);
    memory.state.isAway = true;
    memory.state.asked = 0;
    const started = Date.now();
    const { left } = await keeping.removeErased(() => true);
    expect(left.map(({ why }) => why)).toEqual(Array(3).fill(expect.stringContaining("S3 does not answer")));
    expect(Date.now() - started).toBeLessThan(2_000);
    expect(memory.state.asked).toBeLessThan(5);
    expect((await keeping.list()).items).toHaveLength(3);
  });

  test("one that was changed there is not given out", async () => {
    const id = await keep("one", ["e1"]);
    expect(Buffer.from(await keeping.fetch(id, by)).toString()).toBe("one");
    memory.objects.set(`reports/${id}.html`, Buffer.from("two"));
    await expect(keeping.fetch(id, by)).rejects.toMatchObject({ code: "EVIDENCE_HASH_MISMATCH" });
    await expect(keeping.fetch(sha256("none"), by)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  test("without a shelf, what lies on one is said to be left", async () => {
    await keep("one", ["e1"]);
    const without = createReportKeeping({ store, clock, shelf: null, isOn: false });
    expect((await without.removeErased(() => true)).left).toMatchObject([{ why: expect.stringContaining("no shelf") }]);
  });
});
