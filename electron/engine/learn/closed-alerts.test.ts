import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AlertChange } from "../../../shared/alert.ts";
import type { FindingRecord, LottedVerdict } from "../detect/verdicts/verdict-record.ts";
import type { StoreHost } from "../store/store.ts";
import { draftChange, toStateChange } from "../triage/alert-changes.ts";
import { alertPage } from "../triage/alert-list.ts";
import { alertStandings } from "../triage/alert-state.ts";
import {
  addEvidence,
  ana,
  ben,
  clock,
  flagged,
  openAlertStore,
  storeSessions,
  withdraw,
} from "../triage/fixture-alerts.ts";
import { alertConditions } from "../triage/query-sql.ts";
import { recentFalsePositives } from "./closed-alerts.ts";
import { learnModule } from "./learn-module.ts";
import { modelModule } from "./registry/model-state.ts";
import { reportedSince } from "./reported-now.ts";
import { allStatements } from "./statement-reads.ts";

let store: StoreHost;

function finding(text: string, kind: FindingRecord["class"]): FindingRecord {
  return {
    request: 0,
    requestLine: "GET /login",
    host: "shop.example",
    place: "query",
    name: "id",
    span: { start: 0, end: text.length },
    text,
    canonical: text,
    decodings: [],
    class: kind,
    confidence: 0.9,
    probabilities: [],
    family: null,
    set: [],
    spans: [],
    cut: false,
    outcome: "unclear",
    outcomeReason: "",
  };
}

const session = (client: string, more: Partial<LottedVerdict> = {}) =>
  flagged({
    client,
    findings: [finding(`' or 1=1 ${client}`, "sql_injection"), finding("<b>", "xss"), finding("plain", "benign")],
    ...more,
  });

beforeEach(async () => {
  store = openAlertStore(learnModule, modelModule);
  await addEvidence(store, "e1");
  await addEvidence(store, "e2");
  await storeSessions(store, session("a"), session("b"), session("c", { evidenceId: "e2" }), session("d"));
});
afterEach(() => store.close());

const queue = (q: string) => alertConditions(q, { now: clock.now(), by: "ana" });

/** Changes the alerts of some clients in one event. @returns its id */
async function change(clients: readonly string[], wanted: AlertChange, by = ana): Promise<string> {
  const rows = await store.read(alertPage, { where: queue(""), order: "newest", after: null, limit: 10 });
  const ids = rows.filter(({ client }) => clients.includes(client ?? "")).map(({ id }) => id);
  const standings = (await store.read(alertStandings, ids)).map((one) => one!);
  const alerts = standings.map(({ id, version }) => ({ id, base_version: version }));
  const [event] = await store.append([draftChange(alerts, standings, { set: toStateChange(wanted) })], by);
  return event!.id;
}

async function said(): Promise<string[]> {
  const { statements, known } = await store.read(allStatements, null);
  const text = new Map(known.map((one) => [one.id, one.text]));
  return statements
    .map(
      (one) =>
        `${one.labeller}: ${text.get(one.sample)} is ${one.label}${one.isFalsePositive ? " (false positive)" : ""}`,
    )
    .sort();
}

describe("a closed alert says", () => {
  test("of a true positive what its decisive payload is, or what it was named", async () => {
    await change(["a"], { status: "closed", reason: "true_positive" });
    await change(["b"], { status: "closed", reason: "true_positive", label: "command_injection" }, ben);
    expect(await said()).toEqual(["ana: ' or 1=1 a is sql_injection", "ben: ' or 1=1 b is command_injection"]);
  });

  test("of a false positive that each flagged payload is benign", async () => {
    await change(["a"], { status: "closed", reason: "false_positive" });
    expect(await said()).toEqual(["ana: ' or 1=1 a is benign (false positive)", "ana: <b> is benign (false positive)"]);
  });

  test("of one that nothing but behaviour raised what its session is, of an attack once somebody named it", async () => {
    const behaving = { class: "benign", findings: [finding("plain", "benign")] } as const;
    await storeSessions(store, session("e", behaving), session("f", behaving), session("g", behaving));
    await change(["e"], { status: "closed", reason: "false_positive" });
    await change(["f"], { status: "closed", reason: "true_positive" });
    await change(["g"], { status: "closed", reason: "true_positive", label: "command_injection" });
    const { statements, known } = await store.read(allStatements, null);
    expect(statements.map(({ kind, label }) => `${kind} ${label}`).sort()).toEqual([
      "session benign",
      "session command_injection",
    ]);
    for (const { text } of known) expect(JSON.parse(text)).toMatchObject({ request_line: "GET /login" });
    const [tracked, ...others] = await store.read(recentFalsePositives, { limit: 10, champion: "" });
    expect(tracked).toMatchObject({ by: "ana", text: "GET /login" });
    expect(others).toEqual([]);
  });

  test("nothing for other reasons, nor once it is open again or its evidence withdrawn", async () => {
    await change(["a"], { status: "closed", reason: "duplicate" });
    await change(["b"], { status: "closed", reason: "benign_true_positive" });
    const event = await change(["c", "d"], { status: "closed", reason: "true_positive", label: "xss" });
    expect(await said()).toHaveLength(2);
    await withdraw(store, "e2");
    expect(await said()).toEqual(["ana: ' or 1=1 d is xss"]);
    await store.undo(event, ben);
    expect(await said()).toEqual([]);
    await store.rebuild();
    expect(await said()).toEqual([]);
  });
});

test("a false positive of a time is one whose alert was closed as such since", async () => {
  const texts = async (since: number) => (await store.read(reportedSince, since)).map(({ text }) => text).sort();
  await change(["a"], { status: "closed", reason: "false_positive" });
  await change(["b"], { status: "closed", reason: "true_positive" });
  expect(await texts(0)).toEqual(["' or 1=1 a", "<b>"]);
  expect(await texts(clock.now() + 60_000)).toEqual([]);
  await change(["a"], { status: "in_progress" });
  expect(await texts(0)).toEqual([]);
});

test("whoever decided its status last said it, whoever touched it since", async () => {
  await change(["a", "b"], { status: "closed", reason: "true_positive", label: "xss" }, ben);
  await change(["a"], { assignee: "cem" }, ana);
  expect(await said()).toEqual(["ben: ' or 1=1 a is xss", "ben: ' or 1=1 b is xss"]);
  await change(["a"], { status: "closed", reason: "true_positive" }, ana);
  expect(await said()).toEqual(["ana: ' or 1=1 a is sql_injection", "ben: ' or 1=1 b is xss"]);
});

test("a class that was named goes with the closing, also when it is taken back", async () => {
  await change(["a"], { status: "closed", reason: "true_positive", label: "xss" });
  const again = await change(["a"], { status: "in_progress" });
  const [row] = await store.read(alertPage, { where: queue("client:a"), order: "newest", after: null, limit: 1 });
  const state = async () => (await store.read(alertStandings, [row!.id]))[0]!.state;
  expect(await state()).toMatchObject({ status: "in_progress", label: null });
  await store.undo(again, ana);
  expect(await state()).toMatchObject({ status: "closed", label: "xss" });
});
