import { payloadClasses } from "../../../shared/payload.ts";
import { createRandom, type Random } from "../../engine/detect/anomaly/random.ts";
import { extractPayloads } from "../../engine/detect/extract/extract-payloads.ts";
import { createSessionFeatures } from "../../engine/detect/features/session-features.ts";
import type { ClassifierOutput } from "../../engine/detect/payload.ts";
import { type Exchange, renderRequest } from "../../engine/evidence/exchange.ts";
import { personas } from "./personas.ts";
import { playSession, type Recording } from "./session-script.ts";

/**
 * Feature vectors of invented honest sessions, for a first behaviour model while no recordings of real ones are at hand: personas
 * (personas.ts) write requests, the product's own extractor and feature counters describe them. The classifier is not asked;
 * instead each value's attack probability is drawn: nearly all below 0.02, and in one session of thirty one value up to 0.6, about
 * what a classifier does to honest traffic.
 */
export function drawHonestSessions(count: number, seed: number): Float64Array[] {
  const random = createRandom(seed);
  const total = personas.reduce((sum, { weight }) => sum + weight, 0);
  return Array.from({ length: count }, () => {
    let at = random.next() * total;
    const persona =
      personas.find(({ weight }) => {
        at -= weight;
        return at < 0;
      }) ?? personas[0]!;
    const recorded = random.next();
    const recording: Recording = recorded < 0.65 ? "har" : recorded < 0.9 ? "access_log" : "package_without_clock";
    return describe(playSession(random.integer(2 ** 32), recording, persona), random);
  });
}

function describe(exchanges: readonly Exchange[], random: Random): Float64Array {
  const features = createSessionFeatures();
  const doubtful = random.next() < 1 / 30 ? random.integer(exchanges.length) : -1;
  for (const [i, exchange] of exchanges.entries()) {
    const { values } = extractPayloads(exchange, renderRequest(exchange));
    features.add(
      exchange,
      values.map((value, at) => {
        const isDoubtful = i === doubtful && at === 0;
        return { value, output: outputOf(isDoubtful ? random.next() * 0.6 : random.next() ** 12 * 0.2) };
      }),
    );
  }
  return features.finish();
}

/** A classifier's answer with a given attack probability, laid on one class. */
function outputOf(attack: number): ClassifierOutput {
  const isAttack = attack > 0.5;
  return {
    class: isAttack ? "sql_injection" : "benign",
    confidence: isAttack ? attack : 1 - attack,
    probabilities: payloadClasses.map((name) =>
      name === "benign" ? 1 - attack : name === "sql_injection" ? attack : 0,
    ),
    family: null,
    tier: "model",
    spans: [],
    set: [],
    cut: false,
  };
}
