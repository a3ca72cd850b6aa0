import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { systemClock } from "../engine/base/clock.ts";
import { addHits } from "../engine/respond/gatekeeper/hit-table.ts";
import { addMeasures } from "../engine/respond/gatekeeper/measure-table.ts";
import { openInlineStore } from "../engine/store/inline-store.ts";
import { analyst, finished, holding, openTestEngine } from "../engine/test-engine.ts";
import { storeModules } from "../workers/modules.ts";

const folder = mkdtempSync(join(tmpdir(), "sentinel-erased-hits-"));
const home = join(folder, "home");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("examples of what rules matched that name the person are found and erased; their counts stay", async () => {
  await (await openTestEngine({ home })).close();
  const store = openInlineStore({ modules: storeModules, clock: systemClock, path: join(home, "sentinel.db") });
  const at = "2026-01-05T08:00:00.000Z";
  const common = { at, method: "GET", place: "query", name: "q", sample: null, anywhere: null } as const;
  const examples = [
    { ...common, path: "/s", excerpt: "x' OR 1=1", client: "203.0.113.9" },
    { ...common, path: "/s", excerpt: "ada%2Elovelace' OR 1=1", client: "192.0.2.1" },
    { ...common, path: "/users/Ada.Lovelace", excerpt: "y", client: null },
    { ...common, path: "/s", excerpt: "z' OR 1=1", client: "203.0.113.91" },
  ];
  const hits = [{ seq: 1, rule: "r", version: 1, minute: at, deed: "blocked" as const, count: 4, examples }];
  await store.write(addHits, { gatekeeper: "g", hits, now: Date.parse(at) });
  const times = { timed: 0, sum_us: 0, max_us: 0, steps: new Array<number>(10).fill(0) };
  const deeds = { logged: 0, tagged: 0, challenged: 0, blocked: 0 };
  const measures = ["/users/Ada.Lovelace", "/s"].map((route, i) => ({
    ...{ seq: i + 1, hour: at, route, rule: null, requests: 1, deeds, times },
  }));
  await store.write(addMeasures, { gatekeeper: "g", measures, now: Date.parse(at) });
  await store.close();
  const running = await openTestEngine({ home });
  const erase = async (person: string) => {
    const { job_id } = await running.engine.erasure.searchPerson({ person }, analyst);
    const searched = await finished(running, job_id);
    const erasing = await running.engine.erasure.erasePerson({ search_job_id: job_id, confirm: "erase" }, analyst);
    expect((await finished(running, erasing.job_id)).state).toBe("done");
    return [(searched.result!.hits as string[]).length, (searched.result!.routes as string[]).length];
  };
  expect(await erase("203.0.113.9")).toEqual([1, 0]);
  expect(await erase("ada.lovelace")).toEqual([2, 1]);
  await running.close();
  expect(holding(home, ['203.0.113.9"', "lovelace", "Lovelace", "x' OR 1=1"])).toEqual([]);
  expect(holding(home, ["203.0.113.91"])).not.toEqual([]);
}, 180_000);
