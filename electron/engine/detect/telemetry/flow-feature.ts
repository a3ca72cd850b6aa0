import { SentinelError } from "../../../../shared/errors.ts";

/** One measured quantity of a telemetry sample. */
export interface FlowFeature {
  /** Name of the field on the wire. */
  readonly name: string;
  /** In words, for reasons: "latency". */
  readonly label: string;
  /** Empty for a bare number. */
  readonly unit: string;
  /** Sides on which a value counts as conspicuous. */
  readonly side: "high" | "low" | "both";
  /** `log`: differences are ratios, log(1 + x); `linear`: as it is. */
  readonly scale: "log" | "linear";
  /** Smallest spread that is believed, in units of the scale: a window of equal values must not make the next one an anomaly. */
  readonly floor: number;
}

/**
 * What every sample has. High values only: a quick answer to a short input is no attack, and the forest, which looks at both
 * sides, cannot flag it alone.
 */
export const builtInFeatures: readonly FlowFeature[] = [
  { name: "latency", label: "latency", unit: "ms", side: "high", scale: "log", floor: 0.1 },
  { name: "input_length", label: "input length", unit: "", side: "high", scale: "log", floor: 0.15 },
  { name: "errors", label: "errors", unit: "", side: "high", scale: "linear", floor: 1 },
];

const otherFields = ["route", "user_id", "timestamp"];
const mostDeclared = 16;
const sides = ["high", "low", "both"] as const;

/**
 * Features that the operator declares: `queue_depth, free_memory:low, skew:both`. Samples carry them as numbers under these
 * names; a sample without one counts as "not available", never as zero.
 *
 * @throws SentinelError SETTING_INVALID
 */
export function parseDeclaredFeatures(setting: string): FlowFeature[] {
  const declared = setting
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "")
    .map((entry): FlowFeature => {
      const [name = "", side = "high", ...rest] = entry.split(":").map((part) => part.trim());
      const known = sides.find((each) => each === side);
      if (!/^[a-z][a-z0-9_]{0,39}$/.test(name) || known === undefined || rest.length > 0) {
        refuse(`"${entry.slice(0, 80)}" is not NAME or NAME:high, NAME:low, NAME:both`);
      }
      return { name, label: name.replaceAll("_", " "), unit: "", side: known, scale: "linear", floor: 0 };
    });
  const taken = new Set([...builtInFeatures.map(({ name }) => name), ...otherFields]);
  for (const { name } of declared) {
    if (taken.has(name)) refuse(`"${name}" is there already`);
    taken.add(name);
  }
  if (declared.length > mostDeclared) refuse(`more than ${mostDeclared} features`);
  return declared;
}

function refuse(why: string): never {
  throw new SentinelError("SETTING_INVALID", `SENTINEL_TELEMETRY_FEATURES: ${why}.`);
}

/** A value in units of the feature's scale. */
export function toScale({ scale }: Pick<FlowFeature, "scale">, value: number): number {
  // Not stored and never reproduced: the machine's own logarithm will do.
  return scale === "log" ? Math.log1p(value) : value;
}

export function fromScale({ scale }: Pick<FlowFeature, "scale">, scaled: number): number {
  return scale === "log" ? Math.expm1(scaled) : scaled;
}
