import { z } from "zod";
import { canonicalJson } from "../../base/canonical-json.ts";
import { sha256 } from "../../base/ids.ts";
import { type Forest, fitForest } from "../anomaly/isolation-forest.ts";
import { quantileOf } from "../anomaly/reference.ts";
import type { TreeEnsemble } from "../anomaly/tree-ensemble.ts";
import type { FlowFeature } from "./flow-feature.ts";
import {
  calibrate,
  type FlowModel,
  type FlowWindow,
  fewestOfRoute,
  fittedRows,
  rangesOf,
  schemaOf,
} from "./flow-model.ts";
import {
  addHistograms,
  countOf,
  histogramOf,
  toWireHistogram,
  type ValueHistogram,
  valuesOf,
  WireHistogram,
} from "./value-histogram.ts";

/** What one engine tells the others of what is ordinary at it: fitted trees and histograms, no sample. */
export interface FlowPart {
  /** Of the features, which must be the same at all. */
  readonly signature: string;
  /** Samples in its window. */
  readonly samples: number;
  readonly trees: TreeEnsemble;
  /** Values of each route, a histogram for each feature. */
  readonly routes: ReadonlyMap<string, readonly ValueHistogram[]>;
  /** Values of each column of its rows. */
  readonly columns: readonly ValueHistogram[];
}

export interface DescribeTask {
  readonly features: readonly FlowFeature[];
  readonly window: FlowWindow;
  readonly seed: number;
  /** Medians of all engines' routes as they are known; null: none yet, its own are taken. */
  readonly routes: FlowModel["routes"] | null;
}

/** Rows that each tree has seen: the same at all engines, or their leaves could not be averaged. */
const rowsOfTree = 256;
/** Samples from which an engine has enough rows to tell of. */
export const fewestToTell = 2 * rowsOfTree;
/** Trees that an engine tells of, and those of the model of all. */
const treesOfPart = 50;
const treesOfModel = 100;
/** The routes with the most samples. */
const mostRoutes = 200;

/** What an engine's features must have in common with another's. */
export function signatureOf(features: readonly FlowFeature[]): string {
  return features.map(({ name, side, scale }) => `${name}:${side}:${scale}`).join(" ");
}

/** @throws RangeError for a window of fewer than `fewestToTell` samples */
export function describeFlow({ features, window, seed, routes: known }: DescribeTask): FlowPart {
  if (window.routes.length < fewestToTell) throw new RangeError("too few samples to tell of");
  const { rows, fitted } = fittedRows(features, window, known);
  const n = features.length;
  const byRoute = [...Map.groupBy(fitted, (i) => window.routes[i]!)]
    .filter(([, members]) => members.length >= fewestOfRoute)
    .sort(([, a], [, b]) => b.length - a.length)
    .slice(0, mostRoutes);
  return {
    signature: signatureOf(features),
    samples: window.routes.length,
    trees: fitForest(rows, schemaOf(features), { trees: treesOfPart, sample: rowsOfTree, seed }).trees,
    routes: new Map(
      byRoute.map(([route, members]) => [
        window.templates[route]!,
        features.map((_, f) => histogramOf(members.map((i) => window.values[i * n + f]!))),
      ]),
    ),
    columns: schemaOf(features).map((_, column) => histogramOf(rows.map((row) => row[column]!))),
  };
}

/** The model of several engines, not calibrated yet. */
export type MergedModel = Omit<FlowModel, "calibration">;

/**
 * One model of several engines' parts: their trees by their shares of the samples, ranges and medians from the sums of their histograms.
 * The same parts in the same order give the same model.
 */
export function mergeParts(features: readonly FlowFeature[], parts: readonly FlowPart[]): MergedModel {
  const samples = parts.reduce((sum, part) => sum + part.samples, 0);
  const shares = parts.map((part) => {
    const wanted = Math.max(1, Math.round((treesOfModel * part.samples) / samples));
    return firstTrees(part.trees, Math.min(wanted, part.trees.roots.length));
  });
  const forest: Forest = { schema: schemaOf(features), sampleSize: rowsOfTree, trees: joinTrees(shares) };
  const templates = [...new Set(parts.flatMap(({ routes }) => [...routes.keys()]))].sort();
  const routes = new Map(
    templates.map((template) => {
      const told = parts.flatMap((part) => part.routes.get(template) ?? []);
      const medians = features.map((_, f) => {
        const sum = addHistograms(told.filter((_histogram, i) => i % features.length === f));
        return countOf(sum) < fewestOfRoute ? Number.NaN : quantileOf(valuesOf(sum, "middle"), 0.5);
      });
      return [template, Float64Array.from(medians)] as const;
    }),
  );
  const columns = schemaOf(features).map((_, column) =>
    valuesOf(addHistograms(parts.map((part) => part.columns[column]!)), "middle"),
  );
  return { features, samples, forest, routes, ...rangesOf(features, columns, Math.floor(samples / 2)) };
}

/** How strange the held-out samples of a window are to a model of all: adds up with those of the others to its calibration. */
export function calibrationOf(model: MergedModel, window: FlowWindow): ValueHistogram {
  return histogramOf(calibrate(model, window));
}

/** A merged model with the held-out samples of all. Each counts as at least as strange as it was: p-values err towards calm. */
export function withCalibration(model: MergedModel, calibrations: readonly ValueHistogram[]): FlowModel {
  return { ...model, calibration: valuesOf(addHistograms(calibrations), "top") };
}

/** Name of the model that parts of some engines give. @param hashes of the parts, by engine */
export function modelHash(hashes: ReadonlyMap<string, string>): string {
  return sha256(canonicalJson([...hashes].sort(([a], [b]) => (a < b ? -1 : 1))));
}

function firstTrees(trees: TreeEnsemble, count: number): TreeEnsemble {
  const end = trees.roots[count] ?? trees.feature.length;
  return {
    nFeatures: trees.nFeatures,
    roots: trees.roots.slice(0, count),
    feature: trees.feature.slice(0, end),
    split: trees.split.slice(0, end),
    child: trees.child.slice(0, end),
    missingSecond: trees.missingSecond.slice(0, end),
  };
}

function joinTrees(parts: readonly TreeEnsemble[]): TreeEnsemble {
  const nodes = parts.reduce((sum, { feature }) => sum + feature.length, 0);
  const joined = {
    nFeatures: parts[0]!.nFeatures,
    roots: new Int32Array(parts.reduce((sum, { roots }) => sum + roots.length, 0)),
    feature: new Int16Array(nodes),
    split: new Float64Array(nodes),
    child: new Int32Array(nodes),
    missingSecond: new Uint8Array(nodes),
  };
  let node = 0;
  let tree = 0;
  for (const { roots, feature, split, child, missingSecond } of parts) {
    joined.roots.set(
      roots.map((root) => root + node),
      tree,
    );
    joined.feature.set(feature, node);
    joined.split.set(split, node);
    // A leaf's child is 0 and is never asked for.
    joined.child.set(
      child.map((first, i) => (feature[i]! < 0 ? 0 : first + node)),
      node,
    );
    joined.missingSecond.set(missingSecond, node);
    node += feature.length;
    tree += roots.length;
  }
  return joined;
}

const most = 20_000_000;
const Column = z.base64().max(most);

const WirePart = z.strictObject({
  signature: z.string().max(2000),
  samples: z.number().int().min(fewestToTell).max(1e6),
  trees: z.strictObject({ roots: Column, feature: Column, split: Column, child: Column, missing_second: Column }),
  routes: z.array(z.tuple([z.string().max(500), z.array(WireHistogram).max(50)])).max(mostRoutes),
  columns: z.array(WireHistogram).max(100),
});

/** As it travels, JSON: columns of trees as base64 of their little-endian numbers. */
export function toWirePart({ trees, routes, columns, ...part }: FlowPart): z.input<typeof WirePart> {
  const text = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
    Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString("base64");
  return {
    ...part,
    trees: {
      roots: text(trees.roots),
      feature: text(trees.feature),
      split: text(trees.split),
      child: text(trees.child),
      missing_second: text(trees.missingSecond),
    },
    routes: [...routes].map(([template, histograms]) => [template, histograms.map(toWireHistogram)]),
    columns: columns.map(toWireHistogram),
  };
}

/**
 * A part that another engine told of.
 * @returns null for what is none, or tells of other features than these
 */
export function readPart(value: unknown, features: readonly FlowFeature[]): FlowPart | null {
  const parsed = WirePart.safeParse(value);
  if (!parsed.success || parsed.data.signature !== signatureOf(features)) return null;
  const { trees, routes, columns, signature, samples } = parsed.data;
  const n = features.length;
  if (columns.length !== 2 * n || routes.some(([, histograms]) => histograms.length !== n)) return null;
  const bytes = (text: string) => Uint8Array.from(Buffer.from(text, "base64")).buffer;
  try {
    const read: TreeEnsemble = {
      nFeatures: 2 * n,
      roots: new Int32Array(bytes(trees.roots)),
      feature: new Int16Array(bytes(trees.feature)),
      split: new Float64Array(bytes(trees.split)),
      child: new Int32Array(bytes(trees.child)),
      missingSecond: new Uint8Array(bytes(trees.missing_second)),
    };
    return isWhole(read) ? { signature, samples, trees: read, routes: new Map(routes), columns } : null;
  } catch {
    // Bytes that are no whole numbers.
    return null;
  }
}

/** SECURITY: a walk through any tree ends, within the columns and at a number, whoever made it. */
function isWhole({ nFeatures, roots, feature, split, child, missingSecond }: TreeEnsemble): boolean {
  const nodes = feature.length;
  if (roots.length === 0 || roots.length > treesOfPart || roots[0] !== 0) return false;
  if ([split, child, missingSecond].some(({ length }) => length !== nodes)) return false;
  if (roots.some((root, i) => root >= nodes || (i > 0 && root <= roots[i - 1]!))) return false;
  let tree = 0;
  return feature.every((f, node) => {
    if (node === roots[tree + 1]) tree++;
    if (!Number.isFinite(split[node]!)) return false;
    if (f < 0) return f === -1 && split[node]! >= 0;
    const end = roots[tree + 1] ?? nodes;
    return f < nFeatures && child[node]! > node && child[node]! + 1 < end;
  });
}
