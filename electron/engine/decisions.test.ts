import { expect, test } from "vitest";
import { analysed, analyst, changeSettings, entryOf, harOf, openTestEngine, verdictsOf } from "./test-engine.ts";

test("a session that is judged again keeps what was decided before", async () => {
  const opened = await openTestEngine();
  try {
    const attack = `https://shop.example/item?id=${encodeURIComponent("1' UNION SELECT name, hash FROM users-- ")}`;
    const har = harOf([entryOf(attack)]);
    const { evidence } = await analysed(opened, har, "a.har");
    const [before] = await verdictsOf(opened, evidence.id);
    expect((await opened.engine.verdicts.decisions({ id: before!.id })).decisions).toMatchObject([
      { verdict_id: before!.id, verdict: "tag", tag_threshold: 0.5 },
    ]);

    await changeSettings(opened, { tag_threshold: 0.7, simulate_threshold: 0.9 });
    await opened.engine.evidence.withdraw({ id: evidence.id, base_version: evidence.version }, analyst);
    await analysed(opened, har, "a.har");
    const [after] = await verdictsOf(opened, evidence.id);
    expect(after!.verdict).toBe("benign");
    const { decisions } = await opened.engine.verdicts.decisions({ id: after!.id });
    expect(decisions).toMatchObject([
      { verdict_id: after!.id, verdict: "benign", tag_threshold: 0.7 },
      { verdict_id: before!.id, verdict: "tag", score: before!.score, tag_threshold: 0.5 },
    ]);
    expect(decisions[0]!.config_hash).not.toBe(decisions[1]!.config_hash);
    // What leads to the earlier one is led on, whatever it asks of it.
    for (const ask of [opened.engine.verdicts.get, opened.engine.verdicts.decisions]) {
      await expect(ask({ id: before!.id })).rejects.toMatchObject({
        code: "NOT_FOUND",
        message: expect.stringContaining(after!.id),
        details: { replaced_by: after!.id, evidence_id: evidence.id },
      });
    }
    await expect(opened.engine.verdicts.get({ id: "0".repeat(32) })).rejects.toMatchObject({
      message: "There is no such verdict.",
      details: undefined,
    });
  } finally {
    await opened.close();
  }
}, 60_000);

test("while evidence is judged again, its sessions and alerts stay in view, and each is replaced at once", async () => {
  const opened = await openTestEngine();
  try {
    const { engine } = opened;
    const target = `/item?id=${encodeURIComponent("1' UNION SELECT name, hash FROM users-- ")}`;
    const line = (client: number) =>
      `203.0.113.${client} - - [01/Jun/2026:12:00:00 +0000] "GET ${target} HTTP/1.1" 200 512 "-" "curl/8.5.0"\n`;
    const log = Array.from({ length: 250 }, (_, client) => line(client)).join("");
    const { evidence } = await analysed(opened, log, "a.log");
    const before = await verdictsOf(opened, evidence.id);
    const { alert_id: alert } = await engine.alerts.ofVerdict({ id: before[0]!.id });
    expect(before.length).toBeGreaterThan(100);

    await changeSettings(opened, { simulate_threshold: 0.95 });
    const state = { isOver: false };
    const seen: number[] = [];
    const looking = (async () => {
      while (!state.isOver) {
        seen.push(
          (await engine.alerts.get({ id: alert! })).alert.sessions,
          (await verdictsOf(opened, evidence.id)).length,
        );
      }
    })();
    await analysed(opened, log, "a.log");
    state.isOver = true;
    await looking;
    const after = await verdictsOf(opened, evidence.id);
    expect(after.map(({ session }) => session)).toEqual(before.map(({ session }) => session));
    expect(after.filter(({ id }) => before.some((one) => one.id === id))).toEqual([]);
    expect(Math.max(...seen)).toBe(before.length);
    expect(seen.filter((_, at) => at % 2 === 1)).toEqual(Array(seen.length / 2).fill(before.length));
  } finally {
    await opened.close();
  }
}, 60_000);

test("the error rate of the classes that are not ruled out is chosen, and a verdict says which it kept to", async () => {
  const opened = await openTestEngine();
  try {
    const { engine } = opened;
    const har = harOf([entryOf(`https://shop.example/item?id=${encodeURIComponent("1' or id")}`)]);
    const { evidence } = await analysed(opened, har, "a.har");
    const decided = async () => {
      const [row] = await verdictsOf(opened, evidence.id);
      return await engine.verdicts.get({ id: row!.id });
    };
    const setOf = async () => [await engine.predictPayload({ payload: "1' or id" })].flat()[0]!.set ?? [];
    const usual = await decided();
    const usualSet = await setOf();
    expect(usual.provenance.class_set_error_rate).toBeUndefined();

    await changeSettings(opened, { class_set_error_rate: "0.01" });
    await engine.evidence.withdraw({ id: evidence.id, base_version: evidence.version }, analyst);
    await analysed(opened, har, "a.har");
    const strict = await decided();
    expect(strict.provenance).toMatchObject({ class_set_error_rate: 0.01, model_hash: usual.provenance.model_hash });
    expect(strict.provenance.config_hash).not.toBe(usual.provenance.config_hash);
    expect(strict.score).toBe(usual.score);
    const sets = [usual, strict].map((verdict) => verdict.findings[0]!.prediction.set);
    expect(sets[1]!.length).toBeGreaterThan(sets[0]!.length);
    expect((await setOf()).length).toBeGreaterThan(usualSet.length);
    expect((await engine.reproduceVerdict(strict.id)).same).toBe(true);
    // The thread that explains has the model at the rate of each verdict.
    const other = await analysed(
      opened,
      harOf([entryOf(`https://shop.example/item?id=${encodeURIComponent("1' or id ")}`)]),
      "b.har",
    );
    await changeSettings(opened, { class_set_error_rate: "0.2" });
    const loose = await analysed(
      opened,
      harOf([entryOf(`https://shop.example/other?id=${encodeURIComponent("1' or id")}`)]),
      "c.har",
    );
    const judged = async (evidenceId: string) => {
      const [row] = await verdictsOf(opened, evidenceId);
      const { values } = await engine.verdicts.judgement({ id: row!.id, request: 0 });
      return values[0]!.prediction.set?.length ?? 0;
    };
    const [narrow, wide] = [await judged(loose.evidence.id), await judged(other.evidence.id)];
    expect(wide).toBeGreaterThan(narrow);
    expect(await judged(loose.evidence.id)).toBe(narrow);

    await changeSettings(opened, { class_set_error_rate: "0.05" });
    expect(await setOf()).toEqual(usualSet);
  } finally {
    await opened.close();
  }
}, 60_000);
