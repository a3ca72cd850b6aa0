import { describe, expect, test } from "vitest";
import type { FlowSample } from "../../../../shared/telemetry.ts";
import { type FlowChannel, tellEveryMs } from "./flow-exchange.ts";
import { builtInFeatures, toScale } from "./flow-feature.ts";
import { compareFlow, type FlowModel, fitFlowModel } from "./flow-model.ts";
import { calibrationOf, describeFlow, mergeParts, readPart, toWirePart, withCalibration } from "./flow-part.ts";
import { gross, openTestTelemetry, ordinaryTraffic } from "./test-telemetry.ts";
import { addHistograms, countOf, histogramOf, valuesOf } from "./value-histogram.ts";

/** Engines that hear each other, and everything that was said. */
function createAir() {
  const listeners: ((node: string, kind: string, value: unknown) => void)[] = [];
  const said: string[] = [];
  const channelOf = (node: string): FlowChannel => ({
    tell(kind, value) {
      const text = JSON.stringify(value);
      said.push(text);
      for (const listener of listeners) listener(node, kind, JSON.parse(text));
    },
    listen: (listener) => void listeners.push(listener),
  });
  return { said, open: (node: string) => openTestTelemetry({ fleet: { nodeId: node, channel: channelOf(node) } }) };
}

const settle = async () => {
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
};

/** As a model has them. */
function windowOf(samples: readonly FlowSample[], route = (sample: FlowSample) => sample.route.split(/[/?]/)[1] ?? "") {
  const templates = [...new Set(samples.map(route))];
  return {
    values: Float64Array.from(
      samples.flatMap(({ latency, input_length, errors }) =>
        [latency, input_length, errors].map((value, f) => toScale(builtInFeatures[f]!, value)),
      ),
    ),
    routes: Int32Array.from(samples, (sample) => templates.indexOf(route(sample))),
    templates,
    first: 0,
  };
}

const take = (count: number, seed: number) => {
  const next = ordinaryTraffic(seed);
  return Array.from({ length: count }, () => next());
};

describe("histograms", () => {
  test("have every quantile to a thousandth, on both sides of zero", () => {
    const values = Float64Array.from({ length: 5001 }, (_, i) => (i - 2500) * 3.7).sort();
    const half = Math.floor(values.length / 2);
    const parts = [values.slice(0, half), values.slice(half)].map((part) => histogramOf(part));
    const sum = addHistograms(parts);
    expect(countOf(sum)).toBe(5001);
    for (const [i, value] of valuesOf(sum, "middle").entries()) {
      expect(Math.abs(value - values[i]!)).toBeLessThanOrEqual(0.00101 * Math.abs(values[i]!));
    }
    for (const [i, value] of valuesOf(sum, "top").entries()) expect(value).toBeGreaterThanOrEqual(values[i]! - 1e-9);
    expect(valuesOf(histogramOf([Number.NaN, 0, 1e300]), "top")).toHaveLength(2);
  });
});

describe("engines that tell each other of ordinary telemetry", () => {
  test("have one and the same model, and no sample leaves any of them", async () => {
    const air = createAir();
    const engines = ["a", "b", "c"].map((node) => air.open(node));
    const samples = engines.map((_, i) => take(800, 40 + i));
    for (const [i, { send }] of engines.entries()) await send(800, (n) => samples[i]![n]!);
    await settle();
    // All have told once more, since the first word of each.
    for (const { pass } of engines) pass(tellEveryMs);
    for (const [i, { send }] of engines.entries()) await send(50, (n) => samples[i]![n]!);
    await settle();
    const states = engines.map(({ telemetry }) => telemetry.state());
    for (const { model } of states) expect(model).toMatchObject({ engines: 3 });
    const [first, ...others] = states;
    for (const other of others) {
      expect(other.model!.calibration).toBe(first!.model!.calibration);
      expect(other.ranges).toEqual(first!.ranges);
    }
    const answers = engines.map(({ telemetry }) => telemetry.analyse(gross));
    for (const answer of answers) expect(answer).toMatchObject({ action: "freeze" });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    for (const text of air.said) {
      for (const { latency, user_id, route } of samples.flat().slice(0, 300)) {
        expect(text).not.toContain(String(latency));
        expect(text).not.toContain(String(toScale(builtInFeatures[0]!, latency)));
        expect(text).not.toContain(String(user_id));
        if (/\d/.test(route)) expect(text).not.toContain(route);
      }
    }
    expect(engines[0]!.telemetry.health().telemetry.detail).toMatch(/model of [\d,]+ samples of 3 engines/);
  });

  test("one that has seen nothing yet judges by what the others know", async () => {
    const air = createAir();
    const [known, other, fresh] = ["a", "b", "new"].map((node) => air.open(node));
    await known!.send(800, ordinaryTraffic(1));
    await other!.send(800, ordinaryTraffic(2));
    await settle();
    expect(fresh!.telemetry.state().model).toMatchObject({ engines: 2 });
    expect(fresh!.telemetry.analyse(gross)).toMatchObject({ action: "freeze" });
    expect(await fresh!.send(500, ordinaryTraffic(3))).toBeLessThanOrEqual(1);
  });

  test("one that falls silent is left out, and alone each is as before", async () => {
    const air = createAir();
    const [a, b] = ["a", "b"].map((node) => air.open(node));
    for (const [i, one] of [a, b].entries()) await one!.send(800, ordinaryTraffic(10 + i));
    await settle();
    expect(a!.telemetry.state().model).toMatchObject({ engines: 2 });
    a!.pass(4 * tellEveryMs);
    await a!.send(100, ordinaryTraffic(12));
    await settle();
    a!.telemetry.state();
    await settle();
    expect(a!.telemetry.state().model).toMatchObject({ engines: 1 });
  });

  test("what somebody makes up does not reach a model", () => {
    const part = describeFlow({ features: builtInFeatures, window: windowOf(take(600, 5)), seed: 1, routes: null });
    const wire = toWirePart(part);
    expect(readPart(JSON.parse(JSON.stringify(wire)), builtInFeatures)).toEqual(part);
    const base64 = (array: ArrayBufferView) => Buffer.from(array.buffer as ArrayBuffer).toString("base64");
    const trees = (change: Partial<typeof part.trees>) =>
      toWirePart({ ...part, trees: { ...part.trees, ...change } }).trees;
    const changed = <T extends Int32Array | Int16Array | Float64Array>(array: T, at: number, value: number) => {
      const copy = array.slice() as T;
      copy[at] = value;
      return copy;
    };
    const inner = part.trees.feature.findIndex((f) => f >= 0);
    const bad: unknown[] = [
      null,
      { ...wire, signature: "other" },
      { ...wire, samples: -1 },
      { ...wire, columns: wire.columns.slice(1) },
      { ...wire, columns: [[1], ...wire.columns.slice(1)] },
      { ...wire, routes: [["r", []]] },
      // Walks that would never end, leave the tree, or end at no number.
      { ...wire, trees: trees({ child: changed(part.trees.child, inner, inner) }) },
      { ...wire, trees: trees({ child: changed(part.trees.child, inner, part.trees.feature.length) }) },
      { ...wire, trees: trees({ child: changed(part.trees.child, inner, part.trees.roots[1]!) }) },
      { ...wire, trees: trees({ feature: changed(part.trees.feature, inner, 6) }) },
      { ...wire, trees: trees({ feature: changed(part.trees.feature, inner, -2) }) },
      { ...wire, trees: trees({ split: changed(part.trees.split, inner, Number.NaN) }) },
      { ...wire, trees: trees({ roots: changed(part.trees.roots, 1, 0) }) },
      { ...wire, trees: { ...wire.trees, split: wire.trees.split.slice(4) } },
      { ...wire, trees: { ...wire.trees, roots: base64(new Uint8Array(3)) } },
    ];
    for (const value of bad) expect(readPart(value, builtInFeatures)).toBeNull();
  });

  test("the model of all is as good as one of all samples together, and better than each one's own", () => {
    // Each engine sees one route and nothing of the others.
    const route = (sample: FlowSample) => sample.route.split(/[/?]/)[2] ?? sample.route.split("?")[0]!.slice(1);
    const all = take(12_000, 77);
    const names = [...new Set(all.map(route))];
    const ownOf = names.map((name) => all.filter((sample) => route(sample) === name));
    const windows = ownOf.map((samples) => windowOf(samples, route));
    const describe = (routes: FlowModel["routes"] | null) =>
      windows.map((window, seed) => describeFlow({ features: builtInFeatures, window, seed, routes }));
    // From the second round on, distances are from the medians of all.
    const merged = mergeParts(builtInFeatures, describe(mergeParts(builtInFeatures, describe(null)).routes));
    const fitted = windows.map((window, seed) => fitFlowModel({ features: builtInFeatures, window, seed }));
    const calibration = windows.map((window) => calibrationOf(merged, window));
    const shared = withCalibration(merged, calibration);
    const together = fitFlowModel({ features: builtInFeatures, window: windowOf(all, route), seed: 9 });

    const clean = take(6000, 78);
    // Three times slower than its own route, which is ordinary elsewhere, and twice as long.
    const strange = take(1500, 79).map((sample) => ({
      ...sample,
      latency: sample.latency * 5,
      input_length: sample.input_length * 4,
    }));
    const alarms = (model: FlowModel, samples: readonly FlowSample[]) =>
      samples.filter((sample) => {
        const values = Float64Array.from([sample.latency, sample.input_length, sample.errors], (value, f) =>
          toScale(builtInFeatures[f]!, value),
        );
        return (compareFlow(model, values, route(sample))?.p ?? 1) <= 0.05;
      }).length / samples.length;
    const caught = (model: FlowModel) => alarms(model, strange);
    expect(alarms(shared, clean)).toBeLessThan(0.005);
    expect(caught(shared)).toBeGreaterThan(0.8 * caught(together));
    // What is ordinary elsewhere is an alarm to one that has never seen it, or hides what is not.
    for (const model of fitted) expect(alarms(model, clean) > 0.01 || caught(model) < 0.5 * caught(shared)).toBe(true);
  });
});
