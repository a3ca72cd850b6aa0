import { afterEach, beforeEach, expect, test } from "vitest";
import type { RuleMatch } from "../../../shared/rule.ts";
import type { FindingRecord } from "../detect/verdicts/verdict-record.ts";
import { deleteVerdictsOf, replaceVerdicts } from "../detect/verdicts/verdict-tables.ts";
import type { EnforcedRule } from "../detect/waf/compile-rule.ts";
import type { StoreHost } from "../store/store.ts";
import { draftChange } from "./alert-changes.ts";
import { alertPage } from "./alert-list.ts";
import { alertStandings, type StateChange } from "./alert-state.ts";
import { addEvidence, ana, clock, flagged, openAlertStore, storeSessions, withdraw } from "./fixture-alerts.ts";
import { alertConditions } from "./query-sql.ts";
import { countArrivals, countDecisions, shiftModule } from "./shift-reads.ts";

let store: StoreHost;
beforeEach(async () => {
  store = openAlertStore(shiftModule);
  await addEvidence(store, "e1");
});
afterEach(() => store.close());

const span = { from: "2026-06-01T00:00:00.000Z", to: "2026-06-02T00:00:00.000Z", widthMs: 3_600_000 };
const now = clock.now();

/** What a session was flagged for: a value of the query's `name`, a name that a place of payloads ends with, too. */
const finding = (text: string): FindingRecord => ({
  request: 0,
  requestLine: "GET /login",
  host: "shop.example",
  place: "query",
  name: "name",
  span: { start: 0, end: 0 },
  text,
  canonical: text,
  decodings: [],
  class: "sql_injection",
  confidence: 0.9,
  probabilities: [],
  family: null,
  set: ["sql_injection"],
  spans: [],
  cut: false,
  outcome: "unclear",
  outcomeReason: "",
});

const rule = (
  id: string,
  match: RuleMatch,
  scope: Partial<EnforcedRule["definition"]["scope"]> = {},
): EnforcedRule => ({
  id,
  definition: {
    class: "sql_injection",
    family: null,
    match,
    scope: { method: null, path: null, place: null, parameter: null, ...scope },
    action: "block",
    expires_at: null,
  },
  exclusions: [],
});
const text = (looked: string): RuleMatch => ({ kind: "string", text: looked });

async function close(client: string, reason: StateChange["reason"]): Promise<void> {
  const where = alertConditions(`client:${client}`, { now, by: "ana" });
  for (const { id } of await store.read(alertPage, { where, order: "newest", after: null, limit: 10 })) {
    const [standing] = await store.read(alertStandings, [id]);
    const set: StateChange = { status: "closed", reason: reason!, severity_seen: 1 };
    await store.append([draftChange([{ id, base_version: standing!.version }], [standing!], { set })], ana);
  }
}

async function visit(client: string, payload: string): Promise<void> {
  await storeSessions(store, flagged({ client, payload, findings: [finding(payload)] }));
}

/** Alerts that came in on each of three days, of which evidence was brought on each. */
async function arrivals(): Promise<number[]> {
  const days = ["2026-06-01", "2026-06-02", "2026-06-03"];
  return await Promise.all(
    days.map(async (day) => {
      const ends = { from: `${day}T00:00:00.000Z`, to: `${day}T23:59:59.999Z` };
      return (await store.read(countArrivals, { ...ends, widthMs: 3_600_000 })).alerts;
    }),
  );
}

test("an alert came in when its first evidence in view was brought, whatever is stored, withdrawn or judged again later", async () => {
  await addEvidence(store, "e3", "2026-06-03T08:00:00.123Z");
  await addEvidence(store, "e2", "2026-06-02T08:00:00.000Z");
  await storeSessions(store, flagged({ id: "c", session: "s1", evidenceId: "e3" }));
  expect(await arrivals()).toEqual([0, 0, 1]);
  await storeSessions(store, flagged({ id: "b", session: "s1", evidenceId: "e2" }));
  expect(await arrivals()).toEqual([0, 1, 0]);
  await storeSessions(store, flagged({ id: "a", session: "s1" }), flagged({ id: "a2", session: "s2" }));
  expect(await arrivals()).toEqual([1, 0, 0]);

  const withdrawn = await withdraw(store, "e1");
  expect(await arrivals()).toEqual([0, 1, 0]);
  await store.undo(withdrawn, ana);
  expect(await arrivals()).toEqual([1, 0, 0]);

  await store.write(replaceVerdicts, [{ ...flagged({ id: "a3", client: "203.0.113.9" }), session: "s1" }]);
  expect(await arrivals()).toEqual([2, 0, 0]);
  await store.write(replaceVerdicts, [{ ...flagged({ id: "a4", client: "203.0.113.9" }), session: "s2" }]);
  expect(await arrivals()).toEqual([1, 1, 0]);
  await store.write(deleteVerdictsOf, { evidenceId: "e2", limit: 10 });
  expect(await arrivals()).toEqual([1, 0, 1]);
});

test("the loudest sources are those with the most alerts, and the severity and class of each alert counts", async () => {
  const sent = (client: string | null, payload: string, more = {}) => flagged({ client, payload, ...more });
  await storeSessions(
    store,
    sent("203.0.113.1", "1' or 1=1"),
    sent("203.0.113.2", "1' or 1=1"),
    sent("203.0.113.2", "1' or 1=1"),
    sent("203.0.113.2", "2; drop table x", { class: "xss", verdict: "simulate", score: 0.9 }),
    sent(null, "1' or 1=1"),
  );
  const counted = await store.read(countArrivals, span);
  expect(counted).toMatchObject({ alerts: 4, byClass: { sql_injection: 3, xss: 1 }, bySeverity: [0, 3, 1, 0] });
  expect(counted.byStretch[8]).toBe(4);
  expect(counted.sources).toEqual([
    { client: "203.0.113.2", alerts: 2, sessions: 3 },
    { client: null, alerts: 1, sessions: 1 },
    { client: "203.0.113.1", alerts: 1, sessions: 1 },
  ]);
});

test("a rule fares by the closed alerts whose worst payload it matches, duplicates left out", async () => {
  const union = "1 union select a from b";
  await visit("203.0.113.1", union);
  await visit("203.0.113.2", union);
  await visit("203.0.113.3", union);
  await visit("203.0.113.4", "1' or 1=1");
  await visit("203.0.113.5", union);
  await close("203.0.113.1", "true_positive");
  await close("203.0.113.2", "false_positive");
  await close("203.0.113.3", "duplicate");
  await close("203.0.113.4", "false_positive");
  const rules = [
    rule("union", text("union select")),
    rule("or", text("' or "), { place: "query", parameter: "name" }),
    rule("elsewhere", text("union select"), { path: "/search" }),
    rule("nowhere", text("xp_cmdshell")),
  ];
  const { tried, byRule } = await store.read(countDecisions, { ...span, rules, now });
  expect(tried).toBe(3);
  expect(byRule).toEqual([
    { rule: "union", closed: 2, false_positives: 1 },
    { rule: "or", closed: 1, false_positives: 1 },
  ]);
  const none = await store.read(countDecisions, { ...span, rules: [], now });
  expect(none).toMatchObject({ closed: 4, tried: 0, byRule: [] });
});

test("of very many alerts some are held against the rules, evenly spread, and it is said how many", async () => {
  const sessions = Array.from({ length: 2500 }, (_, i) =>
    flagged({
      client: `198.51.${i >> 8}.${i & 255}`,
      payload: "1 union select a",
      findings: [finding("1 union select a")],
    }),
  );
  await storeSessions(store, ...sessions);
  const where = alertConditions("", { now, by: "ana" });
  const page = await store.read(alertPage, { where, order: "newest", after: null, limit: 5000 });
  const standings = await store.read(
    alertStandings,
    page.map(({ id }) => id),
  );
  const set: StateChange = { status: "closed", reason: "false_positive", severity_seen: 1 };
  const at = page.map(({ id }) => ({ id, base_version: 0 }));
  await store.append(
    [
      draftChange(
        at,
        standings.map((one) => one!),
        { set },
      ),
    ],
    ana,
  );
  const rules = [rule("union", text("union select"))];
  const { closed, tried, byRule } = await store.read(countDecisions, { ...span, rules, now });
  expect({ closed, tried }).toEqual({ closed: 2500, tried: 1250 });
  expect(byRule).toEqual([{ rule: "union", closed: 1250, false_positives: 1250 }]);
});
