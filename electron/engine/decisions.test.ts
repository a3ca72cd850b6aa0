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
  } finally {
    await opened.close();
  }
}, 60_000);
