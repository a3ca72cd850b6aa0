import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PayloadClass } from "../../../shared/payload.ts";
import type { FindingRecord } from "../detect/verdicts/verdict-record.ts";
import { deleteVerdictsOf, deleteWorstOf } from "../detect/verdicts/verdict-tables.ts";
import { clearAnalysis, type RequestRow, storeRequests } from "../evidence/analysis-tables.ts";
import type { Session } from "../evidence/sessions.ts";
import type { StoreHost } from "../store/store.ts";
import { addEvidence, clock, flagged, openAlertStore, storeSessions, withdraw } from "./fixture-alerts.ts";
import { countFound, type FoundRow, foundPage, type SearchPlace } from "./request-search.ts";
import { searchModule, storeScanHits } from "./scan-table.ts";
import { searchConditions } from "./search-conditions.ts";

/** More than an index's finds are put in order for, so that both ways of reading a page are taken. */
const many = 4200;
const paths = ["/login", "/search", "/Login/reset", "/a b", "/äöü", "/100%_sure"];
const queries = ["", "?id=1", "?q=%3Cscript%3E", "?user=x&id=2", "?token=••••••••", "?q=two+words", null];

interface Known extends RequestRow {
  readonly client: string | null;
  readonly agent: string | null;
  readonly worst: PayloadClass | null;
}

function known(i: number): Known {
  const session = 1 + Math.floor(i / 8);
  return {
    index: i,
    session,
    offset: i * 100,
    length: 100,
    fingerprint: i.toString(16).padStart(32, "0"),
    startedAt: i % 11 === 0 ? null : 1_780_000_000_000 + i * 1000,
    durationMs: 1,
    method: i % 5 === 0 ? "POST" : "GET",
    host: i % 13 === 0 ? null : i === 77 ? "rare.example" : "shop.example",
    path: paths[i % paths.length]!,
    query: queries[i % queries.length]!,
    status: i % 7 === 0 ? null : i === 500 ? 418 : 200,
    responseSize: 10,
    client: session % 9 === 0 ? null : `203.0.113.${session % 200}`,
    agent: session === 40 ? "sqlmap/1.8" : "Mozilla/5.0",
    worst: i % 1000 === 3 ? "xss" : i % 1000 === 4 ? "sql_injection" : null,
  };
}

function toSession(number: number): Session {
  const { client, agent, index } = known((number - 1) * 8);
  const at = { startedAt: 1, endedAt: 2, firstIndex: index, lastIndex: index + 7, requests: 8 };
  return { number, name: `s${number}`, client, userAgent: agent, ...at };
}

const finding = (request: number, of: PayloadClass): FindingRecord => ({
  request,
  requestLine: "GET /",
  host: "shop.example",
  place: "form",
  name: "comment",
  span: { start: 0, end: 1 },
  text: "PHNjcmlwdD4=",
  canonical: `<script>alert(${request})</script>`,
  decodings: ["base64"],
  class: of,
  confidence: 0.9,
  probabilities: [],
  family: of === "xss" ? "stored_xss" : null,
  set: [],
  spans: [],
  cut: false,
  outcome: "unclear",
  outcomeReason: "",
});

let store: StoreHost;

async function fill(evidence: number, id: string, count: number) {
  const rows = Array.from({ length: count }, (_, i) => known(i));
  const sessions = Array.from({ length: Math.ceil(count / 8) }, (_, i) => toSession(i + 1));
  await store.write(storeRequests, { evidence, requests: rows, sessions });
  const attacked = rows.filter(({ worst }) => worst !== null);
  await storeSessions(
    store,
    ...attacked.map(({ index, session, worst }) =>
      flagged({
        id: `${id}-v${index}`,
        evidenceId: id,
        session: `s${session}`,
        findings: [finding(index, worst!)],
        worst: [{ request: index, class: worst!, confidence: 0.9 }],
      }),
    ),
  );
}

beforeAll(async () => {
  store = openAlertStore(searchModule);
  await addEvidence(store, "e1");
  await addEvidence(store, "e2");
  await fill(1, "e1", many);
  await fill(2, "e2", 40);
  await store.write(storeScanHits, { scan: "scan-1", evidence: 1, requests: [5, 9] });
});
afterAll(() => store.close());

async function search(q: string, limit = 100): Promise<FoundRow[]> {
  const where = searchConditions(q, clock.now());
  const rows: FoundRow[] = [];
  let after: SearchPlace | null = null;
  do {
    const page: { rows: readonly FoundRow[]; next: SearchPlace | null } = await store.read(foundPage, {
      where,
      after,
      limit,
    });
    expect(page.rows.length).toBeLessThanOrEqual(limit);
    rows.push(...page.rows);
    after = page.next;
  } while (after !== null);
  return rows;
}

const places = (rows: readonly FoundRow[]) => rows.map(({ evidence, request }) => `${evidence}.${request}`);

/** What should be found, told plainly; newest evidence first, last request first. */
function expected(holds: (row: Known, evidence: number) => boolean): string[] {
  return [
    [2, 40],
    [1, many],
  ].flatMap(([evidence, count]) =>
    Array.from({ length: count! }, (_, i) => known(i))
      .filter((row) => holds(row, evidence!))
      .map(({ index }) => `${evidence}.${index}`)
      .reverse(),
  );
}

const address = (row: Known) => `${row.host ?? ""}${row.path}${row.query ?? ""}`.toLowerCase();

test.each<[string, (row: Known, evidence: number) => boolean]>([
  ["", () => true],
  ["rare.example", (row) => address(row).includes("rare.example")],
  ["SHOP.example/login", (row) => address(row).includes("shop.example/login")],
  ['"<script>"', (row) => address(row).includes("%3cscript%3e") || row.worst !== null],
  ['"two words"', (row) => address(row).includes("two+words")],
  ["/1", (row) => address(row).includes("/1") || row.agent === "sqlmap/1.8"],
  ["%_s", (row) => address(row).includes("%_s")],
  ['"alert("', (row) => row.worst !== null],
  ["payload:alert(1003)", (row) => row.index === 1003],
  ["sqlmap", (row) => row.agent === "sqlmap/1.8"],
  ["agent:sqlmap status:200", (row) => row.agent === "sqlmap/1.8" && row.status === 200],
  ["client:203.0.113.7", (row) => row.client === "203.0.113.7"],
  ["client:203.0.113.1*", (row) => row.client?.startsWith("203.0.113.1") ?? false],
  ["-client:203.0.113.7 method:post", (row) => row.client !== "203.0.113.7" && row.method === "POST"],
  ["host:rare.example", (row) => row.host === "rare.example"],
  ["host:rare*,shop.example status:418", (row) => row.status === 418 && row.host !== null],
  ["path:/login", (row) => row.path.startsWith("/login")],
  ["status:418", (row) => row.status === 418],
  ["status>=300", (row) => (row.status ?? 0) >= 300],
  ["-status:200", (row) => row.status !== 200],
  ["param:id", (row) => row.query === "?id=1" || row.query === "?user=x&id=2"],
  ["param:comment", (row) => row.worst !== null],
  ["is:flagged", (row) => row.worst !== null],
  ["is:benign path:/login status:418", (row) => row.worst === null && row.path === "/login" && row.status === 418],
  ["class:xss,sql_injection", (row) => row.worst !== null],
  ["class:benign client:203.0.113.1", (row) => row.worst === null && row.client === "203.0.113.1"],
  ["family:stored_xss", (row) => row.worst === "xss"],
  ["evidence:e2", (_row, evidence) => evidence === 2],
  ["-evidence:e1 method:POST", (row, evidence) => evidence === 2 && row.method === "POST"],
  ["scan:scan-1", (row, evidence) => evidence === 1 && [5, 9].includes(row.index)],
  ["verdict:tag sqlmap", () => false],
  ["before:2026-05-28T20:30", (row) => row.startedAt !== null && row.startedAt < Date.parse("2026-05-28T20:30Z")],
])("%s finds what it says", async (q, holds) => {
  const found = places(await search(q));
  expect(found).toEqual(expected(holds));
  const counts = await store.read(countFound, searchConditions(q, clock.now()));
  if (counts.exact) expect(counts.requests).toBe(found.length);
  else expect(counts.requests).toBeLessThan(found.length);
});

test("any text that stands in an address is found", async () => {
  const rows = Array.from({ length: 42 }, (_, i) => known(i));
  const addresses = rows.map((row, i) => ({ place: `2.${i}`, text: address(row) })).slice(0, 40);
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 39 }), fc.nat(30), fc.integer({ min: 1, max: 20 }), async (i, from, length) => {
      const text = address(rows[i]!).slice(from, from + length);
      if (text.trim() === "") return;
      const found = new Set(places(await search(`evidence:e2 "${text.replaceAll(/["\\]/g, "\\$&")}"`, 500)));
      const want = addresses.filter((each) => each.text.includes(text)).map(({ place }) => place);
      // Texts may stand in clients, agents and payloads besides.
      expect(want.filter((place) => !found.has(place))).toEqual([]);
    }),
    { numRuns: 30 },
  );
});

describe("what is out of view", () => {
  test("withdrawn evidence, cleared requests and removed verdicts are not found any more", async () => {
    const other = openAlertStore(searchModule);
    const before = store;
    store = other;
    try {
      await addEvidence(store, "e1");
      await addEvidence(store, "e2");
      await fill(1, "e1", 40);
      await fill(2, "e2", 40);
      expect(await search("login")).not.toHaveLength(0);
      await withdraw(store, "e2");
      expect(places(await search("login")).filter((place) => place.startsWith("2."))).toEqual([]);
      while (!(await store.write(deleteVerdictsOf, { evidenceId: "e1", limit: 1 })));
      while (!(await store.write(deleteWorstOf, { evidenceId: "e1", limit: 1 })));
      expect(await search("payload:script")).toEqual([]);
      expect(await search("is:flagged")).toEqual([]);
      while (!(await store.write(clearAnalysis, { evidence: 1, limit: 7 })));
      expect(await search("login")).toEqual([]);
      await fill(1, "e1", 16);
      await fill(1, "e1", 16);
      expect(places(await search("/login"))).toEqual(["1.14", "1.12", "1.8", "1.6", "1.2", "1.0"]);
    } finally {
      store = before;
      await other.close();
    }
  });
});

test("a text of quotes and operators of the index's language is text", async () => {
  for (const text of ['" OR "', "AND NOT x", "address : *", "-- ' ;", "(((", "a\\b"]) {
    await expect(search(`"${text.replaceAll(/["\\]/g, "\\$&")}"`)).resolves.toEqual([]);
  }
});
