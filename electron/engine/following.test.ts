import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type EvidenceReady, type SentinelVerdict, topics } from "../../shared/fleet.ts";
import type { Score } from "../../shared/units.ts";
import type { VerdictKind } from "../../shared/verdict.ts";
import { contentId, sha256 } from "./base/ids.ts";
import { createLogger } from "./base/logging.ts";
import { createMetrics } from "./base/metrics.ts";
import { verdictId } from "./detect/analysis/session-analysis.ts";
import { behaviourModule } from "./detect/anomaly/deployed-behaviour.ts";
import { countReferenceSessions } from "./detect/anomaly/reference-sessions.ts";
import { plainVerdict } from "./detect/verdicts/plain-verdict.ts";
import { storeVerdicts } from "./detect/verdicts/verdict-tables.ts";
import { createEvidence } from "./evidence/evidence.ts";
import {
  evidenceContents,
  evidenceInView,
  evidenceToAnalyse,
  evidenceWithoutOutcome,
} from "./evidence/evidence-tables.ts";
import { fleetModule } from "./fleet/arrival-table.ts";
import type { BusMessage, SubscribeOptions } from "./fleet/message-bus.ts";
import { createFollowing } from "./following.ts";
import { toFollowedRecord } from "./judged-session.ts";
import { openInlineStore } from "./store/inline-store.ts";
import { defineRead, type StoreHost } from "./store/store.ts";
import { alertModules, ana, withdraw } from "./triage/fixture-alerts.ts";

// A desktop over a store in memory and a bus that a test holds in its hand.

const now = Date.UTC(2026, 5, 1, 12);
const clock = { now: () => now };
const instant = (at: number) => new Date(at).toISOString();

/** Everything that is listed and known, but for the order in which it came. */
const standing = defineRead("test.standing", (db) => (_: null) => ({
  verdicts: db
    .prepare(
      "SELECT id, evidence_id, session, verdict, score, judged_by, decided_at, alert_id FROM verdicts ORDER BY id",
    )
    .all(),
  alerts: db.prepare("SELECT id, severity, sessions, score FROM alerts ORDER BY id").all(),
  told: db.prepare("SELECT * FROM followed_verdicts ORDER BY id").all(),
  evidence: db.prepare("SELECT * FROM followed_evidence ORDER BY id").all(),
  files: db.prepare("SELECT id, withdrawn, at_fleet FROM evidence ORDER BY id").all(),
}));
const pretendErased = (store: StoreHost, id: string, baseVersion: number) =>
  store.append(
    [
      {
        entityType: "evidence",
        entityId: id,
        baseVersion,
        kind: "evidence.erased",
        payload: { because: "asked" },
        inverse: null,
      },
    ],
    ana,
  );

interface Judged {
  readonly file: string;
  readonly node: string;
  readonly at: number;
  /** Which models judged. */
  readonly model: string;
  readonly sessions: readonly VerdictKind[];
  /** An engine of before tells less. */
  readonly old?: boolean;
}

const scores: Record<VerdictKind, number> = { benign: 0.1, tag: 0.6, simulate: 0.9 };

/** What an engine says once it has judged a file: each session's verdict, and that it is ready. */
function messagesOf({ file, node, at, model, sessions, old = false }: Judged) {
  const sha = sha256(file);
  const content_id = contentId("evidence", sha);
  const head = {
    schema_version: 1 as const,
    node_id: node,
    at: instant(at),
    evidence_id: file,
    content_id,
    sha256: sha,
  };
  const score = (verdict: VerdictKind) => scores[verdict] as Score;
  const verdicts = sessions.map((verdict, n): SentinelVerdict => {
    const session = `s${n + 1}`;
    const hashes = { modelHash: model, anomalyHash: "a", configHash: "c", enrichmentHash: "e", extractorVersion: "1" };
    return {
      ...head,
      verdict: {
        verdict_id: verdictId(content_id, session, hashes),
        session,
        verdict,
        final_score: score(verdict),
        payload_score: score(verdict),
        behavioral_score: score(verdict),
        class: verdict === "benign" ? "benign" : "xss",
        family: null,
        outcome: "unclear",
        requests: 1,
        payload_predictions: [],
        features: [],
        explain: { narrative: "", top_features: [], shap_summary: { base_value: 0, values: [] } },
        provenance: {
          model_hash: model,
          anomaly_hash: "a",
          config_hash: "c",
          enrichment_hash: "e",
          extractor_version: "1",
          evidence_sha256: sha,
          weights: { payload: 0.6, behavior: 0.4 },
          thresholds: { tag: score("tag"), simulate: score("simulate") },
        },
      },
      ...(old
        ? {}
        : {
            session: {
              kind: "har",
              size: 10,
              client: "203.0.113.7",
              origin: null,
              host: "shop.example",
              request_line: `GET /${n % 2}`,
              payload: "<script>",
              payload_place: "query q",
              started_at: instant(now),
              ended_at: instant(now),
              decided_at: instant(at - 5),
              session_gap_minutes: 30,
              max_entry_mb: 32,
            },
          }),
    };
  });
  const count = (kind: VerdictKind) => sessions.filter((one) => one === kind).length;
  const ready: EvidenceReady = {
    ...head,
    kind: "har",
    size: 10,
    requests: sessions.length,
    sessions: sessions.length,
    verdicts: { simulate: count("simulate"), tag: count("tag"), benign: count("benign") },
    problems: 0,
    extractor_version: "1",
  };
  return [
    ...verdicts.map((body) => ({ topic: topics.verdict, body: body as unknown })),
    { topic: topics.evidenceReady, body: ready as unknown },
  ];
}

async function openDesktop(config: { days?: number; from?: VerdictKind; store?: StoreHost } = {}) {
  const marks = { name: "test", migrations: [], reads: [standing], writes: [], projections: [] };
  const store =
    config.store ?? openInlineStore({ modules: [...alertModules, behaviourModule, fleetModule, marks], clock });
  const metrics = createMetrics({ processMetrics: false });
  const lines: string[] = [];
  const log = createLogger("trace", { write: (line) => void lines.push(line) });
  const sealer = { seal: async (_: string, text: string) => `sealed:${text}` };
  const evidence = createEvidence({
    ...{ store, clock, log, metrics, sealer: sealer as never },
    blobs: {} as never,
    settings: () => Promise.reject(new Error("Nothing is fetched here.")),
  });
  const handlers = new Map<string, SubscribeOptions>();
  const heard: [string, number][] = [];
  const following = createFollowing({
    ...{ store, clock, log, metrics, evidence, nodeId: "desk", objects: null },
    bus: {
      subscribe(options) {
        handlers.set(options.topic, options);
        return { problem: () => null, lag: async () => 2, close: async () => {} };
      },
    },
    config: {
      SENTINEL_KAFKA_FOLLOW_DAYS: config.days ?? 7,
      SENTINEL_KAFKA_FOLLOW_FROM: config.from ?? "tag",
      SENTINEL_KAFKA_CONCURRENCY: 4,
      SENTINEL_KAFKA_SIGNED: false,
    },
    importing: {} as never,
    jobs: { register: () => {} } as never,
    settings: {} as never,
    onVerdicts: (id, added) => void heard.push([id, added]),
  });
  await following.start();
  const signal = new AbortController().signal;
  const give = (topic: string, value: Buffer) => {
    const message: BusMessage = { topic, partition: 0, offset: 0n, key: null, value };
    return handlers.get(topic)!.take(message, signal);
  };
  return {
    store,
    following,
    handlers,
    heard,
    give,
    log: () => lines.join(""),
    tell: (told: { topic: string; body: unknown }) => give(told.topic, Buffer.from(JSON.stringify(told.body))),
    standing: () => store.read(standing, null),
    async followed(outcome: string): Promise<number> {
      const text = await metrics.registry.metrics();
      return Number(new RegExp(`followed_total\\{outcome="${outcome}"\\} (\\d+)`).exec(text)![1]);
    },
  };
}

const attack: Judged = {
  file: "a",
  node: "one",
  at: now - 1_000,
  model: "m1",
  sessions: ["simulate", "benign", "tag"],
};

describe("a desktop that follows", () => {
  test("lists what was flagged, counts the rest, and tells of it", async () => {
    const desk = await openDesktop();
    for (const told of messagesOf(attack)) await desk.tell(told);
    const { verdicts, alerts, files } = await desk.standing();
    expect(verdicts).toMatchObject([{ judged_by: "one" }, { judged_by: "one" }]);
    expect(alerts).toHaveLength(1);
    expect(files).toMatchObject([{ at_fleet: 1 }]);
    expect(await desk.followed("listed")).toBe(2);
    expect(await desk.followed("benign")).toBe(1);
    expect(desk.heard.map(([, added]) => added)).toEqual([1, 1, 0]);
    expect(desk.following.inWords()).toContain("2 verdicts listed, 1 milder ones counted");
    expect(await desk.following.lag()).toBe(4);
    expect([...desk.handlers.values()].map(({ group }) => group).sort()).toEqual([
      "sentinel-desktop-desk-evidence",
      "sentinel-desktop-desk-verdicts",
    ]);
  });

  test("knows which error rate was chosen where the classes were judged that are not ruled out", () => {
    const message = messagesOf(attack)[0]!.body as SentinelVerdict;
    const chosen = (rate?: number) => {
      const provenance = {
        ...message.verdict.provenance,
        ...(rate === undefined ? {} : { class_set_error_rate: rate }),
      };
      return toFollowedRecord({ ...message, verdict: { ...message.verdict, provenance } }, "har").inputs.setErrorRate;
    };
    expect([chosen(), chosen(0.01), chosen(0.33)]).toEqual([undefined, "0.01", undefined]);
  });

  test("stands in the log as evidence that is elsewhere: tables that are built again from it are the same", async () => {
    const desk = await openDesktop();
    for (const told of messagesOf(attack)) await desk.tell(told);
    const before = await desk.standing();
    await desk.store.rebuild();
    expect(await desk.standing()).toEqual(before);
    // Nothing of it is here to be backed up, analysed or looked through.
    expect(await desk.store.read(evidenceContents, 1_000)).toEqual([]);
    expect(await desk.store.read(evidenceWithoutOutcome, { after: 0, limit: 10 })).toEqual([]);
    expect(await desk.store.read(evidenceToAnalyse, { extractorVersion: "2", limit: 10 })).toEqual([]);
    expect(await desk.store.read(evidenceInView, null)).toEqual([]);
  });

  test("what learns leaves the fleet's sessions out", async () => {
    const desk = await openDesktop({ from: "benign" });
    for (const told of messagesOf({ ...attack, sessions: ["benign"] })) await desk.tell(told);
    expect((await desk.standing()).verdicts).toHaveLength(1);
    expect(await desk.store.read(countReferenceSessions, "1")).toBe(0);
    await desk.store.write(storeVerdicts, [plainVerdict({ evidenceId: contentId("evidence", sha256("a")) })]);
    expect(await desk.store.read(countReferenceSessions, "1")).toBe(1);
  });

  test.each([
    ["simulate", 1],
    ["benign", 3],
  ] as const)("lists from %s on where it was told so", async (from, want) => {
    const desk = await openDesktop({ from });
    for (const told of messagesOf(attack)) await desk.tell(told);
    expect((await desk.standing()).verdicts).toHaveLength(want);
  });

  test("a new desktop begins some days back, and a later start does not move that", async () => {
    const long = { ...attack, at: now - 3 * 86_400_000 };
    const desk = await openDesktop({ days: 2 });
    for (const told of messagesOf(long)) await desk.tell(told);
    expect((await desk.standing()).verdicts).toEqual([]);
    expect(await desk.followed("old")).toBe(3);
    const again = await openDesktop({ days: 7, store: desk.store });
    for (const told of messagesOf(long)) await again.tell(told);
    expect((await again.standing()).verdicts).toEqual([]);
    for (const told of messagesOf(attack)) await again.tell(told);
    expect((await again.standing()).verdicts).toHaveLength(2);
  });

  test("the verdicts of an engine of before are listed once its evidence is ready", async () => {
    const desk = await openDesktop();
    const messages = messagesOf({ ...attack, old: true });
    for (const told of messages.slice(0, -1)) await desk.tell(told);
    expect((await desk.standing()).verdicts).toEqual([]);
    expect(await desk.followed("waiting")).toBe(2);
    await desk.tell(messages.at(-1)!);
    expect((await desk.standing()).verdicts).toHaveLength(2);
    // The same engine, since: what it tells more of takes their place.
    for (const told of messagesOf(attack)) await desk.tell(told);
    const { verdicts, alerts } = await desk.standing();
    expect(verdicts).toHaveLength(2);
    expect(alerts).toEqual((await follow(messagesOf(attack))).alerts);
  });

  async function follow(messages: readonly { topic: string; body: unknown }[]) {
    const desk = await openDesktop();
    for (const told of messages) await desk.tell(told);
    return await desk.standing();
  }

  test("what waits for evidence that is never told of is forgotten in time", async () => {
    const desk = await openDesktop({ days: 30 });
    for (const told of messagesOf({ ...attack, at: now - 31 * 86_400_000 + 1 }).slice(0, -1)) await desk.tell(told);
    for (const told of messagesOf({ ...attack, at: now - 29 * 86_400_000, old: true }).slice(0, -1))
      await desk.tell(told);
    expect((await desk.standing()).told).toHaveLength(2);
    const later = await openDesktop({ days: 7, store: desk.store });
    expect((await later.standing()).told).toEqual([]);
  });

  test("what was withdrawn or erased here stays so", async () => {
    const desk = await openDesktop();
    const other = { ...attack, file: "b" };
    for (const told of [...messagesOf(attack), ...messagesOf(other)]) await desk.tell(told);
    const [a, b] = ["a", "b"].map((file) => contentId("evidence", sha256(file)));
    await withdraw(desk.store, a!);
    await pretendErased(desk.store, b!, 1);
    const later = { at: now, node: "two" };
    for (const told of [...messagesOf({ ...attack, ...later }), ...messagesOf({ ...other, ...later, model: "m2" })]) {
      await desk.tell(told);
    }
    const { alerts, files, verdicts } = await desk.standing();
    expect(alerts).toEqual([]);
    expect(files).toMatchObject([{ withdrawn: 1 }, { withdrawn: 1 }]);
    expect(verdicts.filter((one) => (one as { judged_by: string }).judged_by === "two")).toHaveLength(2);
    expect(await desk.followed("erased")).toBe(3 - 1);
  });

  const whole = messagesOf(attack);
  const change = (at: number, more: object) => ({ ...(whole[at]!.body as object), ...more });
  test.each([
    { why: "no JSON", topic: topics.verdict, value: "{" },
    { why: "no UTF-8", topic: topics.verdict, value: Buffer.from([0x22, 0xff, 0x22]) },
    { why: "another form", topic: topics.verdict, value: '{"schema_version":1}' },
    { why: "a later version", topic: topics.verdict, value: JSON.stringify(change(0, { schema_version: 2 })) },
    { why: "another's id", topic: topics.verdict, value: JSON.stringify(change(0, { content_id: "x" })) },
    {
      why: "another verdict's id",
      topic: topics.verdict,
      value: JSON.stringify(change(0, { verdict: { ...(whole[0]!.body as SentinelVerdict).verdict, session: "s9" } })),
    },
    {
      why: "another's content",
      topic: topics.evidenceReady,
      value: JSON.stringify(change(3, { sha256: sha256("c") })),
    },
    {
      why: "where other evidence lies",
      topic: topics.evidenceReady,
      value: JSON.stringify(
        change(3, {
          announcement: { evidence_id: "a", uri: "s3://b/c", sha256: sha256("c"), size: 1, created_at: instant(now) },
        }),
      ),
    },
    { why: "too long", topic: topics.verdict, value: JSON.stringify(change(0, { more: "x".repeat(2_200_000) })) },
  ])("refuses a message with $why, and goes on", async ({ topic, value }) => {
    const desk = await openDesktop();
    await desk.give(topic, Buffer.from(value));
    expect(await desk.followed("refused")).toBe(1);
    expect(desk.log()).toContain("A message was refused.");
    expect(desk.log()).not.toContain("<script>");
    expect(desk.following.inWords()).toContain("1 messages refused");
    expect((await desk.standing()).files).toEqual([]);
    for (const told of whole) await desk.tell(told);
    expect((await desk.standing()).verdicts).toHaveLength(2);
  });

  test("takes what a later engine adds, and leaves it", async () => {
    const messages = whole.map(({ topic, body }) => ({ topic, body: { ...(body as object), added_later: [1] } }));
    const { verdicts, told } = await follow(messages);
    expect(verdicts).toEqual((await follow(whole)).verdicts);
    expect(JSON.stringify(told)).not.toContain("added_later");
  });

  const judging = fc.record({
    file: fc.constantFrom("a", "b"),
    node: fc.constantFrom("one", "two"),
    at: fc.integer({ min: 1, max: 6 }).map((n) => now - 1_000 * n),
    model: fc.constantFrom("m1", "m2", "m3"),
  });
  /** A model comes to one verdict of a session, whoever asks it; engines of before have a model of their own. */
  const kinds: readonly VerdictKind[] = ["benign", "tag", "simulate"];
  const sessionsOf = (file: string, model: string) =>
    [0, 1, 2].map((n) =>
      model === "m3" ? "benign" : kinds[(file.charCodeAt(0) + model.charCodeAt(1) * 2 + n * n) % 3]!,
    );

  test("comes to the same, in whatever order messages come, and however often", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(judging, {
          minLength: 1,
          maxLength: 4,
          selector: ({ file, node, at }) => `${file}${node}${at}`,
        }),
        fc.infiniteStream(fc.nat()),
        async (judgings, dice) => {
          const messages = judgings.flatMap((one) =>
            messagesOf({ ...one, sessions: sessionsOf(one.file, one.model), old: one.model === "m2" }),
          );
          const draw = () => dice.next().value as number;
          const shuffled = [...messages, ...messages.filter(() => draw() % 3 === 0)]
            .map((message) => ({ message, place: draw() }))
            .sort((a, b) => a.place - b.place)
            .map(({ message }) => message);
          // A file of which nothing is listed any more was listed, or never was: that alone tells the order.
          const seen = ({ files, ...rest }: Awaited<ReturnType<typeof follow>>) => {
            const listed = new Set(rest.verdicts.map((one) => (one as { evidence_id: string }).evidence_id));
            return { ...rest, files: files.filter((one) => listed.has((one as { id: string }).id)) };
          };
          const [inOrder, mixed] = [seen(await follow(messages)), seen(await follow(shuffled))];
          expect(mixed).toEqual(inOrder);
          // The newest judging of each file is what is listed.
          const last = new Map<string, (typeof judgings)[number]>();
          for (const one of judgings.toSorted((a, b) => a.at - b.at || (a.node < b.node ? -1 : 1)))
            last.set(one.file, one);
          const flagged = [...last.values()].flatMap(({ file, model }) =>
            sessionsOf(file, model).filter((kind) => kind !== "benign"),
          );
          expect(mixed.verdicts).toHaveLength(flagged.length);
        },
      ),
      { numRuns: 40 * Number(process.env.TORTURE ?? 1) },
    );
  });
});
