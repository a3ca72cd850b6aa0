import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { alertOrders } from "../../../shared/alert.ts";
import { payloadClasses } from "../../../shared/payload.ts";
import type { StoreHost } from "../store/store.ts";
import { draftChange } from "./alert-changes.ts";
import { type AlertRow, alertPage, countAlerts, countAssignees, matchingAlerts, type PageEnd } from "./alert-list.ts";
import { alertStandings, type StateChange } from "./alert-state.ts";
import { addEvidence, ana, clock, flagged, openAlertStore, startedAt, storeSessions } from "./fixture-alerts.ts";
import { alertConditions } from "./query-sql.ts";

let store: StoreHost;
const payloads = [
  "1' or 1=1--",
  "<script>alert(1)</script>",
  "../../etc/passwd",
  "100% _sure_",
  'say "hi\\"',
  "ÅÄÖ ünïcode",
];
/** More than are ever sorted in one go, so that both ways of reading a page are taken. */
const many = 4600;

beforeAll(async () => {
  store = openAlertStore();
  await addEvidence(store, "e1");
  const sessions = Array.from({ length: many }, (_, i) =>
    flagged({
      id: `v${i}`,
      client: i % 10 === 0 ? null : `203.0.${i % 7}.${i % 250}`,
      requestLine: `GET /${["login", "login.php", "search", "Login"][i % 4]}/${i}`,
      payload: `${payloads[i % payloads.length]}`,
      class: payloadClasses[i % 6]!,
      family: i % 5 === 0 ? "ssti" : null,
      verdict: i % 9 === 0 ? "simulate" : "tag",
      outcome: i % 18 === 0 ? "succeeded" : i % 4 === 0 ? "likely_failed" : "unclear",
      score: 0.5 + (i % 50) / 100,
      startedAt: i % 11 === 0 ? null : startedAt + i * 1000,
    }),
  );
  await storeSessions(store, ...sessions);
  const rows = await all("");
  const decide = async (chosen: readonly AlertRow[], set: StateChange) => {
    const standings = (
      await store.read(
        alertStandings,
        chosen.map(({ id }) => id),
      )
    ).map((each) => each!);
    const at = standings.map(({ id, version }) => ({ id, base_version: version }));
    await store.append([draftChange(at, standings, { set })], ana);
  };
  await decide(
    rows.filter((_, i) => i % 3 === 0),
    { status: "closed", reason: "false_positive", severity_seen: 0 },
  );
  await decide(
    rows.filter((_, i) => i % 7 === 1),
    { assignee: "ana", add_tags: ["seen"] },
  );
  await decide(
    rows.filter((_, i) => i % 31 === 2),
    { snoozed_until: clock.now() + 1 },
  );
  await decide(
    rows.filter((_, i) => i % 37 === 2),
    { snoozed_until: clock.now() - 1, severity: 3 },
  );
});
afterAll(() => store.close());

const conditions = (q: string) => alertConditions(q, { now: clock.now(), by: "ana" });

/** Everything that matches, page by page. */
async function all(q: string, order: (typeof alertOrders)[number] = "newest", limit = 700): Promise<AlertRow[]> {
  const rows: AlertRow[] = [];
  let after: PageEnd | null = null;
  for (;;) {
    const page: AlertRow[] = await store.read(alertPage, { where: conditions(q), order, after, limit });
    rows.push(...page);
    if (page.length < limit) return rows;
    after = page.at(-1)!;
  }
}

const text = (row: AlertRow) => [row.client, row.host, row.request_line, row.payload].map((part) => part ?? "");
const has = (row: AlertRow, part: string) => text(row).some((each) => each.toLowerCase().includes(part.toLowerCase()));

describe("a query", () => {
  test.each<{ q: string; holds: (row: AlertRow) => boolean }>([
    { q: "", holds: () => true },
    {
      q: "is:open",
      holds: (row) => row.status !== "closed" && !(row.snoozed_until !== null && row.snoozed_until > clock.now()),
    },
    { q: "is:snoozed", holds: (row) => row.snoozed_until === clock.now() + 1 },
    {
      q: "-is:snoozed status:closed",
      holds: (row) => row.status === "closed" && row.snoozed_until !== clock.now() + 1,
    },
    { q: "class:xss,xxe", holds: (row) => row.class === "xss" || row.class === "xxe" },
    { q: "severity:critical", holds: (row) => row.severity === 3 },
    {
      q: "severity>=high is:open",
      holds: (row) => row.severity >= 2 && row.status !== "closed" && row.snoozed_until !== clock.now() + 1,
    },
    { q: "score>0.8", holds: (row) => row.score > 0.8 },
    { q: "assignee:me", holds: (row) => row.assignee === "ana" },
    { q: "-assignee:me", holds: (row) => row.assignee !== "ana" },
    { q: "is:unassigned", holds: (row) => row.assignee === null },
    { q: "tag:seen class:csrf", holds: (row) => row.tags === '["seen"]' && row.class === "csrf" },
    { q: "client:203.0.3.*", holds: (row) => row.client?.startsWith("203.0.3.") === true },
    { q: "-client:203.0.3.*", holds: (row) => row.client?.startsWith("203.0.3.") !== true },
    { q: "path:/login", holds: (row) => row.request_line.startsWith("GET /login") },
    { q: "family:ssti", holds: (row) => row.family === "ssti" },
    { q: "-family:ssti", holds: (row) => row.family !== "ssti" },
    { q: "outcome:succeeded", holds: (row) => row.outcome === "succeeded" },
    { q: "param:id", holds: () => true },
    { q: "after:2026-06-01T08:30:00Z", holds: (row) => (row.last_seen ?? 0) >= startedAt + 1_800_000 },
    { q: "-after:2026-06-01T08:30:00Z", holds: (row) => (row.last_seen ?? 0) < startedAt + 1_800_000 },
    { q: "alert(", holds: (row) => has(row, "alert(") },
    { q: '"\' or 1=1--"', holds: (row) => has(row, "' or 1=1--") },
    { q: '-"etc/passwd" 203.0', holds: (row) => !has(row, "etc/passwd") && has(row, "203.0") },
    { q: "ETC/", holds: (row) => has(row, "etc/") },
    { q: "%", holds: (row) => has(row, "%") },
    { q: '"% _"', holds: (row) => has(row, "% _") },
    { q: 'payload:"hi\\\\\\""', holds: (row) => row.payload === 'say "hi\\"' },
    { q: "payload:shop", holds: () => false },
    { q: "ÅÄÖ", holds: (row) => row.payload?.includes("ÅÄÖ") === true },
    { q: '"no such thing anywhere"', holds: () => false },
  ])("$q finds what it says, in both orders, and counts the same", async ({ q, holds }) => {
    const whole = await all("");
    const wanted = whole.filter(holds).map(({ id }) => id);
    const newest = await all(q);
    expect(newest.map(({ id }) => id)).toEqual(wanted);
    const worst = await all(q, "worst", 90);
    const sorted = newest.toSorted((a, b) => b.severity - a.severity || b.n - a.n);
    expect(worst.map(({ id }) => id)).toEqual(sorted.map(({ id }) => id));
    const counts = await store.read(countAlerts, conditions(q));
    expect(counts.total).toBe(wanted.length);
    for (const part of [counts.byStatus, counts.bySeverity, counts.byClass]) {
      expect(Object.values(part).reduce((sum, n) => sum + n, 0)).toBe(wanted.length);
    }
    expect(counts.byStatus.closed).toBe(newest.filter(({ status }) => status === "closed").length);
    expect(counts.bySeverity.critical).toBe(newest.filter(({ severity }) => severity === 3).length);
    expect(counts.byClass.xss).toBe(newest.filter((row) => row.class === "xss").length);
    const assigned = newest.filter(({ assignee }) => assignee === "ana").length;
    const people = await store.read(countAssignees, conditions(q));
    expect(people).toEqual(assigned === 0 ? [] : [{ name: "ana", alerts: assigned }]);
    const ids = await store.read(matchingAlerts, { where: conditions(q), below: Number.MAX_SAFE_INTEGER, limit: many });
    expect(ids.map(({ id }) => id)).toEqual(wanted);
  });

  const piece = fc.constantFrom(
    "is:open",
    "is:closed",
    "class:xss",
    "-class:xss",
    "severity>=high",
    "severity:low",
    "score>0.7",
    "score<=0.7",
    "assignee:me",
    "client:203.0.1.*",
    "path:/login",
    "alert(",
    '"1=1"',
    "%",
    "-passwd",
    "outcome:succeeded",
    "sessions>1",
    "tag:seen",
    "param:id",
    "family:ssti",
    "before:2026-06-01T08:20:00Z",
    "reason:false_positive",
  );
  test("of random terms finds what each of them finds", async () => {
    const found = new Map<string, Set<string>>();
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(piece, { minLength: 2, maxLength: 4 }),
        fc.constantFrom(...alertOrders),
        async (terms, order) => {
          for (const term of terms)
            if (!found.has(term)) found.set(term, new Set((await all(term)).map(({ id }) => id)));
          const rows = await all(terms.join(" "), order, 400);
          const wanted = (await all("")).filter(({ id }) => terms.every((term) => found.get(term)!.has(id)));
          expect(new Set(rows.map(({ id }) => id))).toEqual(new Set(wanted.map(({ id }) => id)));
          expect(rows).toHaveLength(wanted.length);
          expect((await store.read(countAlerts, conditions(terms.join(" ")))).total).toBe(wanted.length);
        },
      ),
      { numRuns: 30 * Number(process.env.TORTURE ?? 1) },
    );
  });

  test("that cannot be understood is refused in words", () => {
    expect(() => conditions("statsu:open")).toThrow(
      expect.objectContaining({ code: "INPUT_INVALID", message: expect.stringContaining("status") }),
    );
  });
});
