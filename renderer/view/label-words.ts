import type { LabelTask, MissedAttacks, StopAdvice, StopSign, TaskReason } from "../../shared/label.ts";
import type { PayloadClass } from "../../shared/payload.ts";
import { formatCount, formatPlural } from "./format.ts";
import { classLabels } from "./labels.ts";

const nameOf = (name: PayloadClass) => (name === "benign" ? "benign" : classLabels[name]);

function listed(classes: readonly PayloadClass[]): string {
  const names = classes.map(nameOf);
  return names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** Why a task is shown, in words. */
export function reasonInWords({ kind, classes, alike, labelled, otherwise }: TaskReason): string {
  const crowd = alike > 1 ? ` ${formatCount(alike - 1)} more like it ${alike === 2 ? "has" : "have"} no label.` : "";
  switch (kind) {
    case "audit":
      return "Drawn at random, whatever the model says.";
    case "conflict":
      return `Of ${formatPlural(labelled, "labelled neighbour")}, ${formatCount(otherwise)} ${otherwise === 1 ? "is" : "are"} labelled otherwise: ${listed(classes)}.${crowd}`;
    case "contradicted":
      return `Payloads and behaviour say opposite things.${crowd}`;
    case "torn":
      return classes.length > 1
        ? `The model is torn between ${listed(classes)}.${crowd}`
        : `The model is close to its threshold.${crowd}`;
    case "new":
      return `Unlike anything labelled.${crowd}`;
    case "familiar":
      return `Like ${formatPlural(labelled - otherwise, "sample")} labelled as the model says.${crowd}`;
  }
}

/** A share of one: as many digits as tell it from nothing and from everything. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent === 0 || percent === 100) return `${percent} %`;
  return `${percent < 1 || percent > 99 ? percent.toFixed(2) : percent.toFixed(1)} %`;
}

const called: Record<LabelTask["kind"], string> = {
  payload: "among the values kept of sessions in which nothing was flagged",
  session: "among the sessions that were called benign",
};

/** How much the detector misses, by the random draws, in words. */
export function missedInWords(missed: MissedAttacks, kind: LabelTask["kind"]): string {
  const { drawn, attacks, open, share, is_all, begun, needed } = missed;
  if (needed === 0) return `Not known yet: there is nothing ${called[kind]}.`;
  if (share === null) {
    return `Not known yet: of the first ${formatCount(needed)} drawn at random ${called[kind]}, ${formatCount(begun)} ${begun === 1 ? "is" : "are"} labelled.`;
  }
  const were = `${formatCount(attacks)} ${attacks === 1 ? "was an attack" : "were attacks"}`;
  const found = is_all
    ? `Of all ${formatCount(drawn)} ${called[kind]}, ${were}`
    : `Of ${formatCount(drawn)} drawn at random ${called[kind]}, ${were}`;
  const range =
    share.low === share.high
      ? `: ${formatShare(share.low)} are missed.`
      : `: ${formatShare(share.low)} to ${formatShare(share.high)} are missed.`;
  const without =
    open === 0
      ? ""
      : ` ${formatPlural(open, "draw")} without a label ${open === 1 ? "is" : "are"} in the range as whatever ${open === 1 ? "it" : "they"} may be.`;
  return `${found}${range}${without}`;
}

export const signLabels: Record<StopSign["name"], string> = {
  gain: "F1 gained a training",
  agreement: "Agreement of successive models (kappa)",
  confirmed: "Recent labels that confirm the model",
};

const isShare = (name: StopSign["name"]) => name === "confirmed";
const figureInWords = (name: StopSign["name"], value: number) =>
  isShare(name) ? formatShare(value) : value.toFixed(3);

/** A sign's figure with its interval. */
export function signFigure({ name, figure }: StopSign): string {
  if (figure === null || figure.value === null) return "none yet";
  const [value, low, high] = [figure.value, figure.low, figure.high].map((one) => figureInWords(name, one));
  return `${value} (${low} to ${high})`;
}

/** What a sign would have to be for stopping. */
export function signBound({ name, bound }: StopSign): string {
  return name === "gain" ? `below ${figureInWords(name, bound)}` : `from ${figureInWords(name, bound)}`;
}

/** What a sign says, and of how many of how many. */
export function signSays({ name, speaks_for_stopping, of, needed }: StopSign): string {
  if (speaks_for_stopping === null) {
    return `not known yet: ${formatCount(of)} of ${formatPlural(needed, name === "confirmed" ? "label" : "training")}`;
  }
  return speaks_for_stopping ? "enough" : "go on";
}

/** Whether more labels are worth it, in words. */
export function adviceInWords({ advice, signs }: StopAdvice): string {
  if (advice === "unknown") return "Not known yet whether more labels are worth it.";
  if (advice === "enough") return "More labels are hardly worth it: models no longer change, and labels confirm them.";
  const against = signs.filter(({ speaks_for_stopping }) => speaks_for_stopping === false);
  return `More labels are worth it: ${against.map((sign) => `${signLabels[sign.name]}, ${signFigure(sign)}`).join("; ")}.`;
}
