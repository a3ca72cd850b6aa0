import { readFileSync } from "node:fs";
import { join } from "node:path";
import { dataFolder, loadPayloadLists } from "../dev/train/payload-lists.ts";
import { readModel } from "../engine/detect/classifier/model-file.ts";
import type { Report } from "./figure.ts";
import { fromNothing, learningCurve, leaveOut, type Order, type StartingPoint, steps } from "./label-curve.ts";

const seeds = ["1", "2", "3", "4", "5", "6"];
/** Student's t at 0.975 with one degree of freedom less than there are seeds. */
const t975 = 2.571;
const wanted = [0.9, 0.95, 0.98, 0.99];

type Curves = Readonly<Record<Order, readonly (readonly number[])[]>>;

/** Labels needed to reach an F1, the queue's order against random order. The curves go to the error output as tables. */
export async function measureLabelling(report: Report): Promise<void> {
  const rows = loadPayloadLists(dataFolder());
  const shipped = readModel(readFileSync(join(import.meta.dirname, "..", "..", "resources", "model", "payload.bin")));
  const starts: (() => StartingPoint)[] = [
    () => leaveOut("PayloadsAllTheThings", rows, shipped),
    () => leaveOut("payloadbox", rows, shipped),
    () => leaveOut("HttpParamsDataset", rows, shipped),
    () => fromNothing(rows),
  ];
  for (const begin of starts) {
    const start = begin();
    const curves: Record<Order, number[][]> = { worth: [], random: [] };
    for (const seed of seeds)
      for (const order of ["worth", "random"] as const) curves[order].push(learningCurve(start, order, seed));
    console.error(`\n${tableOf(start, curves)}`);
    steps.forEach((labels, i) => {
      for (const order of ["worth", "random"] as const) {
        const { mean } = spread(curves[order].map((curve) => curve[i]!));
        if (!Number.isNaN(mean)) report(`F1 after ${labels} labels, ${start.name}, order: ${order}`, mean, "");
      }
    });
    for (const f1 of wanted) {
      for (const order of ["worth", "random"] as const) {
        const labels = median(curves[order].map((curve) => labelsFor(curve, f1)));
        if (Number.isFinite(labels))
          report(`labels to an F1 of ${f1}, ${start.name}, order: ${order}`, labels, "labels");
      }
    }
  }
}

/** Labels after which a curve first reaches an F1, between two steps by a straight line; infinite: never. */
export function labelsFor(curve: readonly number[], f1: number): number {
  const at = curve.findIndex((value) => value >= f1);
  if (at < 0) return Number.POSITIVE_INFINITY;
  const before = curve[at - 1];
  if (before === undefined || Number.isNaN(before)) return steps[at]!;
  return steps[at - 1]! + ((f1 - before) / (curve[at]! - before)) * (steps[at]! - steps[at - 1]!);
}

function spread(values: readonly number[]): { mean: number; half: number } {
  // While one seed has no model yet there is no mean to speak of.
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { mean, half: t975 * Math.sqrt(variance / values.length) };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

function tableOf({ name, test }: StartingPoint, curves: Curves): string {
  const f1 = (values: readonly number[]) => {
    const { mean, half } = spread(values);
    return Number.isNaN(mean) ? "no model yet" : `${mean.toFixed(3)} ± ${half.toFixed(3)}`;
  };
  const at = (i: number) => {
    const worth = curves.worth.map((curve) => curve[i]!);
    const random = curves.random.map((curve) => curve[i]!);
    return [worth, random, worth.map((value, s) => value - random[s]!)].map(f1).join(" | ");
  };
  const needed = (value: number) => (Number.isFinite(value) ? String(Math.round(value)) : `more than ${steps.at(-1)}`);
  const reach = wanted.map((value) => {
    const [worth, random] = [curves.worth, curves.random].map((of) =>
      median(of.map((curve) => labelsFor(curve, value))),
    );
    const ratio = worth! > 0 && Number.isFinite(worth! + random!) ? (random! / worth!).toFixed(1) : "";
    return `| ${value} | ${needed(worth!)} | ${needed(random!)} | ${ratio} |`;
  });
  return [
    `**${name}** (F1 on ${test.length} values; mean of ${seeds.length} seeds, 95 %)`,
    "",
    "| labels | by worth | at random | difference |",
    "|---|---|---|---|",
    ...steps.map((labels, i) => `| ${labels} | ${at(i)} |`),
    "",
    "| F1 | labels by worth | at random | ratio |",
    "|---|---|---|---|",
    ...reach,
  ].join("\n");
}
