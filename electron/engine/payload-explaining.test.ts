import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Counterfactual, getHighlights } from "../../shared/payload-explanation.ts";
import type { Verdict } from "../../shared/verdict.ts";
import { findSecrets } from "./evidence/secrets.ts";
import { analyst, entryOf, never, openTestEngine, packageOf, type TestEngine } from "./test-engine.ts";

// Each waits for whole analyses in threads of their own.
vi.setConfig({ testTimeout: 60_000 });

let t: TestEngine;
beforeAll(async () => {
  t = await openTestEngine();
}, 60_000);
afterAll(async () => {
  await t?.close();
});

const shop = "https://shop.example/search?q=";

async function worstOf(...urls: string[]): Promise<Verdict> {
  const entries = urls.map((url, i) => entryOf(url, { at: i * 7 }));
  const evidence = packageOf({ har: { log: { version: "1.2", entries } } });
  return (await t.engine.analyze({ evidence }, analyst, never)).verdict;
}

/** The request's text as bytes, put together from its segments, its cookie included. */
async function requestBytes(id: string, request: number): Promise<Buffer> {
  const { segments } = await t.engine.verdicts.reveal({ id, request, reason: "" }, analyst);
  return Buffer.from(segments.map(({ text }) => text).join(""));
}

test("one injection among ordinary requests: the smallest edit, and the session without it", async () => {
  const attack = encodeURIComponent("1' UNION SELECT name, password FROM users -- ");
  const { verdict_id: id, verdict, final_score } = await worstOf(`${shop}tea`, shop + attack, `${shop}pot`);
  const answer = Counterfactual.parse(await t.engine.verdicts.counterfactual({ id, finding: 0 }));
  expect(answer).toMatchObject({ request: 1, place: "query", name: "q", reason: "" });
  const { edit, session } = answer;
  const original = edit!.segments.filter(({ kind }) => kind !== "added").map(({ text }) => text);
  expect(original.join("")).toBe(attack);
  // The edit as it is shown flips the value, judged by the route that anybody may ask.
  const payload = edit!.segments.filter(({ kind }) => kind !== "removed").map(({ text }) => text);
  expect(edit!.after).toMatchObject({ class: "benign" });
  expect(edit!.after.attack).toBeLessThan(0.5);
  expect(edit!.before.attack).toBeGreaterThanOrEqual(0.5);
  expect(payload.join("")).not.toBe(attack);
  expect(session).toMatchObject({ verdict_before: verdict, score_before: final_score, verdict_after: "benign" });
  expect(session!.score_after).toBeLessThan(final_score);
  // And the session as it would be, analysed as evidence of its own.
  const edited = await worstOf(`${shop}tea`, shop + payload.join(""), `${shop}pot`);
  expect(edited.verdict).toBe("benign");
  expect(edited.final_score).toBeCloseTo(session!.score_after, 9);
});

test("nothing is shown for a session without an attack", async () => {
  const { verdict_id: id, payload_predictions } = await worstOf(`${shop}green tea`, `${shop}black tea`);
  for (const finding of payload_predictions.keys()) {
    const answer = await t.engine.verdicts.counterfactual({ id, finding });
    expect(Counterfactual.parse(answer)).toMatchObject({ edit: null, session: null });
    expect(answer.reason).not.toBe("");
  }
  await expect(t.engine.verdicts.counterfactual({ id, finding: 99 })).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("highlights are stretches of the request's bytes, and say what the findings say", async () => {
  const one = encodeURIComponent("ñandú ' OR 1=1 -- ");
  const two = encodeURIComponent("<script>alert('😀')</script>");
  const { verdict_id: id, payload_predictions: findings } = await worstOf(`${shop}${one}&next=${two}`);
  const bytes = await requestBytes(id, 0);
  const { spans, payloads } = getHighlights.output.parse(await t.engine.verdicts.highlights({ id, request: 0 }));
  expect(payloads.length).toBeGreaterThanOrEqual(2);
  expect(new Set(spans.map(({ finding }) => finding)).size).toBeGreaterThanOrEqual(2);
  const ends = new Map<number, number>();
  for (const { start, end, finding } of spans) {
    const { span, text } = findings[finding]!;
    expect(start).toBeGreaterThanOrEqual(Math.max(span.start, ends.get(finding) ?? 0));
    expect(end).toBeGreaterThan(start);
    expect(end).toBeLessThanOrEqual(Math.min(span.end, bytes.length));
    ends.set(finding, end);
    // Whole characters, and exactly those of the finding's text.
    const shown = bytes.subarray(start, end).toString();
    expect(Buffer.from(shown).length).toBe(end - start);
    expect(text).toContain(shown);
    expect(bytes.subarray(span.start, span.end).toString()).toBe(text);
  }
  for (const { finding, base_log_odds, log_odds } of payloads) {
    const own = spans.filter((span) => span.finding === finding);
    const total = own.reduce((sum, { contribution }) => sum + contribution, base_log_odds);
    expect(Math.abs(total - log_odds)).toBeLessThan(1e-9);
  }
});

test("the log-odds of the worst payload and the base rate give the session's payload score", async () => {
  const { verdict_id: id, payload_score } = await worstOf(shop + encodeURIComponent("1' AND '1'='1' -- x"));
  const { payloads } = await t.engine.verdicts.highlights({ id, request: 0 });
  const best = Math.max(...payloads.map(({ log_odds, base_rate_step }) => log_odds + base_rate_step));
  expect(1 / (1 + Math.exp(-best))).toBeCloseTo(payload_score, 6);
});

test("a key inside an attack is in no answer", async () => {
  const key = "AKIAABCDEFGHIJKLMNOP";
  const text = `1' UNION SELECT '${key}' FROM users -- `;
  expect(findSecrets(text).length).toBeGreaterThan(0);
  const { verdict_id: id } = await worstOf(shop + encodeURIComponent(text));
  const answer = await t.engine.verdicts.counterfactual({ id, finding: 0 });
  expect(answer.edit).not.toBeNull();
  expect(JSON.stringify(answer)).not.toContain(key.slice(4, 12));
  expect(t.log()).not.toContain("UNION");
});

test("a request without findings has no highlights", async () => {
  const { verdict_id: id } = await worstOf(`${shop}tea`, shop + encodeURIComponent("' OR 1=1 -- "));
  const answer = await t.engine.verdicts.highlights({ id, request: 0 });
  expect(answer.spans.filter(({ contribution }) => contribution > 1)).toEqual([]);
});
