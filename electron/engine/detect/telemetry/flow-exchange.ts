import { z } from "zod";
import { canonicalJson } from "../../base/canonical-json.ts";
import type { Clock } from "../../base/clock.ts";
import { sha256 } from "../../base/ids.ts";
import type { Logger } from "../../base/logging.ts";
import type { FlowFitter } from "./fitter-task.ts";
import type { FlowFeature } from "./flow-feature.ts";
import type { FlowModel } from "./flow-model.ts";
import {
  type FlowPart,
  fewestToTell,
  type MergedModel,
  modelHash,
  readPart,
  toWirePart,
  withCalibration,
} from "./flow-part.ts";
import type { SampleWindow } from "./sample-window.ts";
import { toWireHistogram, type ValueHistogram, WireHistogram } from "./value-histogram.ts";

/** How engines reach each other about what is ordinary. */
export interface FlowChannel {
  /** Tells all; it does not wait, and never throws. @param kind the last one of each kind counts */
  tell(kind: "part" | "calibration", value: unknown): void;
  /** @param listener hears what another engine told */
  listen(listener: (node: string, kind: string, value: unknown) => void): void;
}

export interface FlowExchangeOptions {
  readonly nodeId: string;
  readonly channel: FlowChannel;
  readonly features: readonly FlowFeature[];
  readonly window: SampleWindow;
  readonly fitter: Pick<FlowFitter, "describe" | "merge">;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The model of all engines, as this one has it. */
export interface SharedFlowModel {
  readonly model: FlowModel;
  /** The same at all engines that have heard the same. */
  readonly hash: string;
  readonly engines: number;
  readonly at: number;
}

/**
 * One model of several engines. Each tells fitted trees and histograms of its window; each makes the same model of what all told, sees how
 * strange its own held-out samples are to it, and tells that as a histogram, too. A sample leaves no engine.
 */
export interface FlowExchange {
  /** Null: nobody else has told anything lately, or too little is known yet. */
  readonly shared: SharedFlowModel | null;
  /** A model was fitted here: from time to time the others are told. Never while what is ordinary drifts. */
  noteFit(): void;
  /** Forgets what this engine told of itself. */
  forget(): void;
  /** Resolves once nothing is under way. */
  settled(): Promise<void>;
}

/** Milliseconds between two parts of one engine: trees are a quarter of a megabyte. */
export const tellEveryMs = 300_000;
/** An engine that is silent for so long is left out, milliseconds. */
const silentMs = 3 * tellEveryMs;
/** Calibration scores from which the model of all decides. */
const fewestScores = 99;
const fitSamples = 10_000;
/** Engines that are listened to. */
const mostEngines = 200;

const Calibration = z.strictObject({ model: z.string().length(64), scores: WireHistogram });

interface Told {
  readonly part: FlowPart;
  readonly hash: string;
  readonly at: number;
}

export function createFlowExchange(options: FlowExchangeOptions): FlowExchange {
  const { nodeId, channel, features, window, fitter, clock, log } = options;
  const parts = new Map<string, Told>();
  const calibrations = new Map<string, { readonly model: string; readonly scores: ValueHistogram }>();
  let merged: { readonly model: MergedModel; readonly hash: string; readonly engines: number } | null = null;
  let shared: SharedFlowModel | null = null;
  let toldAt = Number.NEGATIVE_INFINITY;
  let working: Promise<void> = Promise.resolve();
  let isStale = false;

  const then = (work: () => Promise<void>) => {
    working = working.then(work).catch((error: unknown) => {
      log.warn({ err: error }, "Telemetry: the model of all engines could not be made; this engine's own decides.");
    });
  };

  /** Parts that count, by the names of their engines. */
  function fresh(): [string, Told][] {
    const since = clock.now() - silentMs;
    return [...parts].filter(([, { at }]) => at >= since).sort(([a], [b]) => (a < b ? -1 : 1));
  }

  function remake(): void {
    if (isStale) return;
    isStale = true;
    then(async () => {
      isStale = false;
      const told = fresh();
      if (!told.some(([node]) => node !== nodeId)) {
        merged = null;
        shared = null;
        return;
      }
      const hash = modelHash(new Map(told.map(([node, one]) => [node, one.hash])));
      if (merged?.hash !== hash) {
        const made = await fitter.merge({
          features,
          parts: told.map(([, { part }]) => part),
          window: window.newest(fitSamples),
        });
        merged = { model: made.model, hash, engines: told.length };
        calibrations.set(nodeId, { model: hash, scores: made.calibration });
        channel.tell("calibration", { model: hash, scores: toWireHistogram(made.calibration) });
      }
      calibrateShared();
    });
  }

  function calibrateShared(): void {
    if (merged === null) return;
    const { model, hash, engines } = merged;
    const scores = [...calibrations.values()].filter((one) => one.model === hash).map((one) => one.scores);
    const calibrated = withCalibration(model, scores);
    // Until the others have looked at it, the one before decides.
    if (calibrated.calibration.length < fewestScores) return;
    shared = { model: calibrated, hash, engines, at: clock.now() };
  }

  channel.listen((node, kind, value) => {
    if (node === nodeId || (!parts.has(node) && parts.size >= mostEngines)) return;
    if (kind === "part") {
      const part = readPart(value, features);
      if (part === null) {
        log.warn(
          { node_id: node },
          "Telemetry: another engine told of other features, or of nothing that can be read.",
        );
        return;
      }
      parts.set(node, { part, hash: hashOf(value), at: clock.now() });
      remake();
    } else if (kind === "calibration") {
      const told = Calibration.safeParse(value);
      if (!told.success) return;
      calibrations.set(node, told.data);
      then(async () => calibrateShared());
    }
  });

  return {
    get shared() {
      if (shared !== null && clock.now() - shared.at > silentMs) remake();
      return shared;
    },
    noteFit() {
      if (clock.now() - toldAt < tellEveryMs || window.size < fewestToTell) return;
      toldAt = clock.now();
      then(async () => {
        const part = await fitter.describe({
          features,
          window: window.newest(fitSamples),
          seed: Math.floor(toldAt / 1000) >>> 0,
          routes: merged?.model.routes ?? null,
        });
        const wire = toWirePart(part);
        parts.set(nodeId, { part, hash: hashOf(wire), at: clock.now() });
        channel.tell("part", wire);
        remake();
      });
    },
    forget() {
      parts.delete(nodeId);
      toldAt = Number.NEGATIVE_INFINITY;
      merged = null;
      shared = null;
    },
    async settled() {
      for (let seen: unknown; seen !== working; ) {
        seen = working;
        await working;
      }
    },
  };
}

const hashOf = (value: unknown) => sha256(canonicalJson(value));
