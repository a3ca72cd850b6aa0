import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../base/clock.ts";
import { contentId, sha256 } from "../../base/ids.ts";
import { enginePrincipal } from "../../base/principals.ts";
import { evidenceModule } from "../../evidence/evidence-tables.ts";
import { openInlineStore } from "../../store/inline-store.ts";
import type { StoreHost } from "../../store/store.ts";
import { plainVerdict } from "../verdicts/plain-verdict.ts";
import type { LottedVerdict, VerdictRecord } from "../verdicts/verdict-record.ts";
import { storeVerdicts, verdictTables } from "../verdicts/verdict-tables.ts";
import { behaviourModule } from "./deployed-behaviour.ts";
import { countReferenceSessions, referenceSessions } from "./reference-sessions.ts";

let store: StoreHost;
beforeEach(() => {
  store = openInlineStore({ modules: [evidenceModule, verdictTables, behaviourModule], clock: systemClock });
});
afterEach(async () => {
  await store.close();
});

interface Told {
  readonly evidence?: string;
  readonly client?: string | null;
  readonly verdict?: VerdictRecord["verdict"];
  readonly version?: string;
}

/** A verdict whose vector is its number. */
function verdictOf(number: number, told: Told): LottedVerdict {
  const { evidence = "one", client = `10.0.0.${number}`, verdict = "benign", version = "v" } = told;
  const features = Float64Array.of(number);
  const plain = plainVerdict({ id: contentId("test", number), evidenceId: evidence, client, verdict, features });
  return { ...plain, inputs: { ...plain.inputs, extractorVersion: version } };
}

async function chosen(): Promise<number[]> {
  const vectors = await store.read(referenceSessions, "v");
  expect(await store.read(countReferenceSessions, "v")).toBe(vectors.length);
  return vectors.map(([number]) => number!);
}

const attacker = "203.0.113.66";
test.each<{ why: string; given: readonly Told[]; want: number }>([
  { why: "none where there is nothing", given: [], want: 0 },
  { why: "one of each client", given: [{}, {}, {}], want: 3 },
  { why: "a client once, however many sessions it has", given: [{ client: "c" }, { client: "c" }, {}], want: 2 },
  { why: "none that was flagged", given: [{ verdict: "tag" }, { verdict: "simulate" }, {}], want: 1 },
  {
    why: "none of a client that was flagged once, in whatever evidence",
    given: [{ client: attacker }, { client: attacker, verdict: "tag", evidence: "two" }, {}],
    want: 1,
  },
  {
    why: "one of a file that names no clients",
    given: [{ client: null }, { client: null }, { client: null, evidence: "two" }],
    want: 2,
  },
  {
    why: "none of such a file in which something was flagged",
    given: [{ client: null }, { client: null, verdict: "simulate" }, { client: null, evidence: "two" }],
    want: 1,
  },
  { why: "none of another version", given: [{ version: "w" }, {}], want: 1 },
])("reference sessions: $why", async ({ given, want }) => {
  await store.write(
    storeVerdicts,
    given.map((told, i) => verdictOf(i, told)),
  );
  expect(await chosen()).toHaveLength(want);
});

test("reference sessions: none of withdrawn evidence, and their order is not that of their arrival", async () => {
  const hash = sha256("file");
  const custody = {
    brought_by: "ada",
    brought_at: "2026-01-01T00:00:00.000Z",
    channel: "dialog",
    file_name: "a.log",
    size_bytes: 1,
    sha256: hash,
    checks: [],
    clock_offset_ms: null,
    recorded_by: null,
  };
  const entity = { entityType: "evidence", entityId: "gone" };
  const added = { kind: "access_log", gzip: false, sha256: hash, custody };
  await store.append(
    [{ ...entity, baseVersion: 0, kind: "evidence.added", payload: added, inverse: null }],
    enginePrincipal,
  );
  const all = Array.from({ length: 20 }, (_, i) => verdictOf(i, i < 5 ? { evidence: "gone" } : {}));
  await store.write(storeVerdicts, all.toReversed());
  const before = await chosen();
  expect(before.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  await store.append(
    [{ ...entity, baseVersion: 1, kind: "evidence.withdrawn", payload: {}, inverse: null }],
    enginePrincipal,
  );
  expect(await chosen()).toEqual(before.filter((number) => number >= 5));
});
