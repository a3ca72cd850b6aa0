import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { VerdictSummary } from "../../shared/verdict.ts";
import { parseBehaviour, serializeBehaviour } from "./detect/anomaly/behaviour-file.ts";
import { maskText } from "./evidence/secrets.ts";
import {
  analyst,
  type Brought,
  bring,
  finished,
  openTestEngine,
  shippedResources,
  type TestEngine,
  temporaryHome,
  verdictsOf,
  type WholeVerdict,
} from "./test-engine.ts";

interface SampleFile {
  readonly file: string;
  readonly kind: string;
  readonly requests: number;
  readonly attacks: readonly { readonly entry: number; readonly class: string }[];
}

const samples = join(shippedResources, "samples");
const { files } = JSON.parse(readFileSync(join(samples, "manifest.json"), "utf8")) as { files: SampleFile[] };
const homes = [temporaryHome(), temporaryHome()] as const;
const slow = 120_000;

/** Analysed twice, since they differ most: two kinds of evidence, flagged and not, several sessions. */
const analysedTwice = ["access.log", "attack-files.har", "honest-service.har", "mixed-afternoon.har"];

/** All samples at once: more files than threads. */
async function takeSamples(t: TestEngine, names = files.map(({ file }) => file)): Promise<Map<string, Brought>> {
  const brought = await Promise.all(names.map(async (file) => [file, await bring(t, at(file))] as const));
  const results = new Map<string, Brought>();
  for (const [file, id] of brought) {
    const job = await finished(t, id);
    expect([file, job.state, job.error]).toEqual([file, "done", null]);
    results.set(file, { job, evidence: await t.engine.evidence.get({ id: String(job.result!.evidence_id) }) });
  }
  return results;
}

const at = (file: string) => ({ path: join(samples, file) });

async function wholeVerdicts(t: TestEngine): Promise<Map<string, WholeVerdict>> {
  const whole = new Map<string, WholeVerdict>();
  for (const { id } of await verdictsOf(t)) whole.set(id, await t.engine.verdicts.get({ id }));
  return whole;
}

let first: TestEngine;
let brought: Map<string, Brought>;
let verdicts: Map<string, WholeVerdict>;

beforeAll(async () => {
  first = await openTestEngine({ home: homes[0] });
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  brought = await takeSamples(first);
  delay.disable();
  const ms = (value: number) => (value / 1e6).toFixed(1);
  console.info(`Main thread while ${files.length} files were analysed: delay p50 ${ms(delay.percentile(50))} ms,`, {
    p99: ms(delay.percentile(99)),
    max: ms(delay.max),
  });
  verdicts = await wholeVerdicts(first);
}, slow);

afterAll(async () => {
  await first?.close();
  for (const home of homes) rmSync(home, { recursive: true, force: true });
});

describe("the shipped samples", () => {
  test("every file of the folder is in the manifest", () => {
    expect(readdirSync(samples).sort()).toEqual([...files.map(({ file }) => file), "manifest.json"].sort());
  });

  test.each(files)("$file: attacked sessions are flagged by their class, honest ones are not", async (sample) => {
    const { evidence } = brought.get(sample.file)!;
    expect(evidence).toMatchObject({ status: "analysed", requests: sample.requests, problem_count: 0 });
    // The manifest counts lines of a log from 1 and entries of a HAR file from 0.
    const shift = sample.kind === "access_log" ? 1 : 0;
    const attacks = new Map(sample.attacks.map((attack) => [attack.entry - shift, attack.class]));
    const sessions = [...verdicts.values()].filter(({ evidence_id }) => evidence_id === evidence.id);
    const seen = new Set<number>();
    const wrong: string[] = [];
    for (const verdict of sessions) {
      const { items } = await first.engine.verdicts.requests({ id: verdict.id, limit: 500, offset: 0 });
      expect(items).toHaveLength(verdict.requests);
      const mine = items.flatMap(({ request }) => attacks.get(request) ?? []);
      for (const { request } of items) seen.add(request);
      const flagged = verdict.verdict !== "benign";
      if (flagged !== mine.length > 0 || (flagged && !mine.includes(verdict.class))) {
        wrong.push(`${verdict.session}: ${verdict.verdict} ${verdict.class}, attacks: ${mine.join(", ")}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(seen.size).toBe(sample.requests);
  });

  test("three visitors of one browser version at the same moment are three sessions", async () => {
    const { evidence } = brought.get("mixed-afternoon.har")!;
    const sessions = (await verdictsOf(first, evidence.id)).map(({ session, requests }) => [session, requests]);
    expect(sessions).toEqual([
      ["s1", 14],
      ["s2", 41],
      ["s3", 6],
    ]);
  });

  test("base value and Shapley values add up to each final score", () => {
    expect(verdicts.size).toBeGreaterThan(20);
    for (const { score, explanation } of verdicts.values()) {
      const { base_value, values } = explanation.shap_summary;
      const sum = values.reduce((total, { contribution }) => total + contribution, base_value);
      expect(Math.abs(sum - score)).toBeLessThan(1e-9);
    }
  });

  test("each finding's span is its text, byte for byte, in the request as shown", async () => {
    let compared = 0;
    for (const verdict of verdicts.values()) {
      for (const finding of verdict.findings.slice(0, 5)) {
        if (finding.text.includes(maskText)) continue;
        const asked = { id: verdict.id, request: finding.request };
        const { segments } = await first.engine.verdicts.reveal({ ...asked, reason: "" }, analyst);
        const request = Buffer.from(segments.map(({ text }) => text).join(""));
        const { start, end } = finding.span;
        expect(request.subarray(start, end).toString().slice(0, 2000)).toBe(finding.text);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(40);
  });

  test("a benign session says why it was not flagged, a flagged one what it carries", () => {
    for (const { verdict, explanation, findings } of verdicts.values()) {
      if (verdict === "benign") expect(explanation.narrative).toMatch(/^Not flagged: the score of 0\.\d\d is .* below/);
      else {
        expect(explanation.narrative).not.toContain("Not flagged");
        expect(findings.length).toBeGreaterThan(0);
      }
    }
  });
});

describe("bit for bit", () => {
  const digests = async (t: TestEngine, only: ReadonlySet<string>) => {
    const { entries } = await t.engine.audit.log({ after: 0, limit: 500 });
    return entries
      .filter(({ kind, entity_id }) => kind === "evidence.analysed" && only.has(entity_id))
      .map(({ entity_id, payload }) => [entity_id, (payload as { verdicts: { digest: string } }).verdicts.digest])
      .sort();
  };

  test(
    "another data directory gives the same ids, scores, features, findings and digests",
    async () => {
      const second = await openTestEngine({ home: homes[1] });
      try {
        const evidence = new Set([...(await takeSamples(second, analysedTwice)).values()].map((b) => b.evidence.id));
        expect(await digests(second, evidence)).toEqual(await digests(first, evidence));
        expect(await digests(second, evidence)).toHaveLength(analysedTwice.length);
        const again = await wholeVerdicts(second);
        const known = [...verdicts].filter(([, { evidence_id }]) => evidence.has(evidence_id));
        expect([...again.keys()].sort()).toEqual(known.map(([id]) => id).sort());
        for (const [id, verdict] of known) {
          const { custody: _custody, decided_at: _decided, ...same } = again.get(id)!;
          expect(verdict).toMatchObject(same);
          for (const name of ["score", "payload_score", "behavioral_score"] as const) {
            expect(Object.is(same[name], verdict[name])).toBe(true);
          }
        }
      } finally {
        await second.close();
      }
    },
    slow,
  );

  test("each stored verdict follows again from its stored vector and inputs", async () => {
    for (const id of verdicts.keys()) expect(await first.engine.reproduceVerdict(id)).toMatchObject({ id, same: true });
  });

  test(
    "also after another behaviour model was deployed, until its copy is gone",
    async () => {
      await first.close();
      const resources = join(homes[1], "other-resources");
      mkdirSync(join(resources, "model"), { recursive: true });
      cpSync(join(shippedResources, "model"), join(resources, "model"), { recursive: true });
      const shipped = parseBehaviour(readFileSync(join(resources, "model", "behaviour.json")));
      const { trees } = shipped;
      // Every leaf half way to certainty: another model, all of whose scores differ.
      const split = trees.split.map((value, node) => (trees.feature[node]! < 0 ? (value + 1) / 2 : value));
      const other = serializeBehaviour({ ...shipped, trees: { ...trees, split } });
      writeFileSync(join(resources, "model", "behaviour.json"), other);
      first = await openTestEngine({ home: homes[0], resources });
      const [kept] = [...verdicts.values()].sort((a, b) => b.score - a.score);
      expect(await first.engine.reproduceVerdict(kept!.id)).toMatchObject({ same: true, score: kept!.score });
      expect((await first.engine.verdicts.get({ id: kept!.id })).explanation).toEqual(kept!.explanation);

      const { evidence } = brought.get("honest-api-client.har")!;
      const before = [...verdicts.values()].filter(({ evidence_id }) => evidence_id === evidence.id);
      const job = await finished(first, await bring(first, at("honest-api-client.har")));
      expect(job.state).toBe("done");
      const after: VerdictSummary[] = await verdictsOf(first, evidence.id);
      expect(after).toHaveLength(before.length);
      for (const [i, verdict] of after.entries()) {
        expect(verdict.id).not.toBe(before[i]!.id);
        expect(verdict.behavioral_score).toBeGreaterThan(before[i]!.behavioral_score);
        expect(await first.engine.reproduceVerdict(verdict.id)).toMatchObject({ same: true });
      }

      rmSync(join(homes[0], "models", `behaviour-${kept!.provenance.anomaly_hash}.json`));
      await first.close();
      first = await openTestEngine({ home: homes[0], resources });
      await expect(first.engine.reproduceVerdict(kept!.id)).rejects.toMatchObject({ code: "NOT_FOUND" });
    },
    slow,
  );
});
