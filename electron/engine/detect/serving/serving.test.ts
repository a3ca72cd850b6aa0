import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { SentinelError } from "../../../../shared/errors.ts";
import { createLogger } from "../../base/logging.ts";
import { checkValue, hardValues } from "../classifier/classifier-conformance.ts";
import { createRuleClassifier } from "../classifier/rules.ts";
import type { ClassifierOutput, PayloadClassifier, RemoteClassifier } from "../payload.ts";
import { createServing } from "./serving.ts";

const rules = createRuleClassifier();
const attack = "1' union select null,version()-- -";

/** A model that says what `judge` does, and hears what it was asked. */
function scripted(hash: string, judge: (text: string) => ClassifierOutput) {
  const asked: string[] = [];
  const score = (text: string) => {
    asked.push(text);
    return judge(text);
  };
  return { asked, classifier: { hash, score, classify: score } satisfies PayloadClassifier };
}

const sure = (text: string): ClassifierOutput => ({ ...rules.score(text), tier: "model" });

function remote(hash: string, judge: (text: string) => Promise<ClassifierOutput>) {
  const asked: string[] = [];
  const blocked = (text: string): ClassifierOutput => {
    asked.push(text);
    throw new SentinelError("UNAVAILABLE", "late");
  };
  const classifier: RemoteClassifier = {
    hash,
    score: blocked,
    classify: blocked,
    classifyLater: (text) => {
      asked.push(text);
      return judge(text);
    },
    close: () => Promise.resolve(),
  };
  return { asked, classifier };
}

describe("a model in this thread", () => {
  test("is asked once a text, and every answer is the model's", () => {
    const { asked, classifier } = scripted("m", sure);
    const serving = createServing({ champion: classifier, rules });
    for (let i = 0; i < 100; i++) expect(serving.classifier.score(attack)).toMatchObject({ tier: "model" });
    expect(asked).toEqual([attack]);
    const tally = serving.takeTally();
    expect(tally).toMatchObject({ hits: 99, misses: 1, failures: 0, degraded: 0 });
    expect(tally.model.counts.reduce((a, b) => a + b)).toBe(1);
    expect(tally.cached.counts.reduce((a, b) => a + b)).toBe(96);
    expect(serving.takeTally()).toMatchObject({ hits: 0, misses: 0 });
  });

  test("that fails is left alone after a while; the rules answer, marked degraded; it is tried again", () => {
    const time = { now: 0 };
    let isBroken = true;
    const states: string[] = [];
    const { asked, classifier } = scripted("m", (text) => {
      if (isBroken) throw new TypeError(`cannot read ${text}`);
      return sure(text);
    });
    const serving = createServing({
      champion: classifier,
      rules,
      breaker: { now: () => time.now },
      onBreaker: (state) => states.push(state),
    });
    for (let i = 0; i < 20; i++) {
      const output = serving.classifier.classify(`${attack} ${i}`);
      expect(output).toMatchObject({ class: "sql_injection", tier: "rule", degraded: true });
    }
    expect(asked).toHaveLength(5);
    expect(serving.status().breaker).toMatchObject({ state: "open", errors: 5 });
    isBroken = false;
    expect(serving.classifier.classify(attack)).toMatchObject({ degraded: true });
    time.now = 5000;
    // What the rules said in the model's place is not remembered as its answer.
    for (let i = 0; i < 3; i++) expect(serving.classifier.classify(`${attack} ${i}`)).not.toHaveProperty("degraded");
    expect(serving.status().breaker.state).toBe("closed");
    expect(states).toEqual(["open", "half_open", "closed"]);
    expect(serving.takeTally()).toMatchObject({ failures: 5, degraded: 21 });
  });

  test("what the cache knows is still answered while the breaker is open", () => {
    let isBroken = false;
    const { classifier } = scripted("m", (text) => {
      if (isBroken) throw new Error("gone");
      return sure(text);
    });
    const serving = createServing({ champion: classifier, rules });
    serving.classifier.score(attack);
    isBroken = true;
    for (let i = 0; i < 10; i++) serving.classifier.score(`other ${i}`);
    expect(serving.status().breaker.state).toBe("open");
    expect(serving.classifier.score(attack)).toMatchObject({ tier: "model" });
  });

  test.each(hardValues)("behind it the rules keep what a payload classifier promises: $why", (value) => {
    const { classifier } = scripted("m", () => {
      throw new Error("never");
    });
    const serving = createServing({ champion: classifier, rules });
    expect(checkValue(serving.classifier, value)).toEqual([]);
  });
});

describe("a model out of this thread", () => {
  test("answers later, and the second time from the cache", async () => {
    const { asked, classifier } = remote("m", async (text) => {
      await setTimeout(5);
      return sure(text);
    });
    const serving = createServing({ champion: classifier, rules });
    expect(await serving.classifyLater(attack)).toMatchObject({ tier: "model" });
    expect(await serving.classifyLater(attack)).toMatchObject({ tier: "model" });
    expect(await serving.classifyLater(attack, { place: "cookie" })).toMatchObject({ tier: "model" });
    expect(asked).toHaveLength(2);
    expect(serving.takeTally()).toMatchObject({ hits: 1, misses: 2 });
  });

  test("that is late opens the breaker, for callers that wait and callers that block alike", async () => {
    const { asked, classifier } = remote("m", () => Promise.reject(new SentinelError("UNAVAILABLE", "late")));
    const serving = createServing({ champion: classifier, rules });
    for (let i = 0; i < 3; i++) expect(await serving.classifyLater(attack)).toMatchObject({ degraded: true });
    for (let i = 0; i < 10; i++) expect(serving.classifier.score(attack)).toMatchObject({ degraded: true });
    expect(asked).toHaveLength(5);
    expect(serving.status().breaker.state).toBe("open");
  });
});

test("a session stays with the challenger or the champion; what is no session is the champion's", () => {
  const champion = scripted("champion", sure);
  const challenger = scripted("challenger", sure);
  const serving = createServing({
    champion: champion.classifier,
    challenger: { classifier: challenger.classifier, percent: 50 },
    rules,
  });
  const hashes = Array.from({ length: 40 }, (_, i) => serving.classifierFor(`session ${i}`).hash);
  expect(new Set(hashes).size).toBe(2);
  expect(Array.from({ length: 40 }, (_, i) => serving.classifierFor(`session ${i}`).hash)).toEqual(hashes);
  for (let i = 0; i < 40; i++) serving.classifyLater(`text ${i}`, { session: `session ${i}` });
  expect(challenger.asked).toEqual(hashes.flatMap((hash, i) => (hash === "challenger" ? [`text ${i}`] : [])));
  expect(serving.classifier.hash).toBe("champion");
  expect(() =>
    createServing({
      champion: champion.classifier,
      challenger: { classifier: challenger.classifier, percent: 120 },
      rules,
    }),
  ).toThrow(RangeError);
});

test("a challenger that fails does not open the champion's breaker", () => {
  const { classifier } = scripted("challenger", () => {
    throw new Error("no");
  });
  const serving = createServing({
    champion: scripted("champion", sure).classifier,
    challenger: { classifier, percent: 100 },
    rules,
  });
  for (let i = 0; i < 9; i++) expect(serving.classifierFor("s").score(`${i}`)).toMatchObject({ degraded: true });
  expect(serving.status().breaker.state).toBe("closed");
  expect(serving.classifier.score(attack)).toMatchObject({ tier: "model" });
});

test("no payload reaches a log, however the model fails", async () => {
  const secret = "hunter2-in-the-payload";
  const lines: string[] = [];
  const log = createLogger("trace", { write: (line) => void lines.push(line) });
  class Unusual extends Error {
    override name = "Unusual";
  }
  const failures: (() => never)[] = [
    () => {
      throw new Error(`token ${secret} is not in the vocabulary`);
    },
    () => {
      throw new Unusual(secret, { cause: new Error(secret) });
    },
    () => {
      throw secret;
    },
    () => {
      throw new SentinelError("UNAVAILABLE", secret, { text: secret });
    },
  ];
  for (const fail of failures) {
    const hear = {
      onFailure: (error: string) => log.warn({ error }, "The payload model failed."),
      onBreaker: (state: string) => log.warn({ state }, "Breaker."),
    };
    const local = createServing({ champion: scripted("m", fail).classifier, rules, ...hear });
    const later = createServing({ champion: remote("m", async () => fail()).classifier, rules, ...hear });
    for (let i = 0; i < 8; i++) {
      local.classifier.score(`${secret} ${i}`);
      local.classifier.classify(`${secret} ${i}`);
      later.classifier.score(`${secret} ${i}`);
      await later.classifyLater(`${secret} ${i}`);
    }
  }
  expect(lines.length).toBeGreaterThan(20);
  expect(lines.join("")).toContain("Unusual");
  expect(lines.join("")).not.toContain(secret);
});
