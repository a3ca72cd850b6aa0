import { isInherited, isRecord, type Json } from "./json.ts";

/** Steps into a value: names of members and positions in lists. */
export type ValuePath = readonly (string | number)[];

const mostSteps = 32;
const part = /(?:^|\.)([^.[\]]+)|\[(0|[1-9][0-9]{0,8})\]/gy;

/**
 * Reads `a.b[0]` or `[0].a`.
 * @returns null when it is no such path
 */
export function parsePath(text: string): ValuePath | null {
  if (text.startsWith(".")) return null;
  const steps: (string | number)[] = [];
  part.lastIndex = 0;
  while (part.lastIndex < text.length) {
    const match = part.exec(text);
    if (match === null || steps.length === mostSteps) return null;
    const [, name, position] = match;
    if (name !== undefined && isInherited(name)) return null;
    steps.push(name ?? Number(position));
  }
  return steps.length === 0 ? null : steps;
}

/** @returns undefined when there is nothing at the path; only what a value itself has counts */
export function selectAt(value: Json, path: ValuePath): Json | undefined {
  let here: Json | undefined = value;
  for (const step of path) {
    if (typeof step === "number") here = Array.isArray(here) ? (here as readonly Json[])[step] : undefined;
    else here = isRecord(here) && Object.hasOwn(here, step) ? (here[step] as Json) : undefined;
    if (here === undefined) return undefined;
  }
  return here;
}

/** A path as `parsePath` reads it. */
export function writePath(path: ValuePath): string {
  return path.map((step, i) => (typeof step === "number" ? `[${step}]` : i === 0 ? step : `.${step}`)).join("");
}
