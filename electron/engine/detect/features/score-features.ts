import { type PayloadClass, payloadClasses } from "../../../../shared/payload.ts";
import type { ClassifierOutput } from "../payload.ts";
import {
  addBounded,
  addNumber,
  createMoments,
  type FeatureDescription,
  type FeatureGroup,
  maxOf,
  meanOf,
  share,
} from "./feature-group.ts";

const benign = payloadClasses.indexOf("benign");
const attackClasses = payloadClasses.filter((name): name is Exclude<PayloadClass, "benign"> => name !== "benign");
/** Scores of which the mean is taken for `top_payload_score`. */
const topCount = 5;

/** Probability that a value is an attack of whatever class: 1 − P(benign), in [0, 1]. */
export function attackScore(output: Pick<ClassifierOutput, "probabilities">): number {
  return Math.min(1, Math.max(0, 1 - output.probabilities[benign]!));
}

const classTitles: Record<Exclude<PayloadClass, "benign">, string> = {
  sql_injection: "SQL injection",
  xss: "cross-site scripting",
  command_injection: "command injection",
  path_traversal: "path traversal",
  xxe: "XML external entities",
  csrf: "cross-site request forgery",
};

function describeClass(name: Exclude<PayloadClass, "benign">): FeatureDescription {
  return {
    label: `Highest probability of ${classTitles[name]}`,
    unit: "1",
    range: [0, 1],
    availability: "values",
    meaning: `Largest probability of the class ${name} among the values${name === "csrf" ? " and requests" : ""}`,
  };
}

/** What the classifier says of the values. */
export const scoreFeatures = {
  descriptions: {
    max_payload_score: {
      label: "Worst value",
      unit: "1",
      range: [0, 1],
      availability: "values",
      meaning: "Largest probability among all values (and requests, for forgery) of being an attack",
    },
    mean_payload_score: {
      label: "Mean value score",
      unit: "1",
      range: [0, 1],
      availability: "values",
      meaning: "Mean probability of the values of being an attack",
    },
    top_payload_score: {
      label: "Worst five values",
      unit: "1",
      range: [0, 1],
      availability: "values",
      meaning:
        "Mean of the five largest probabilities of being an attack, of different values; of fewer where there are fewer",
    },
    n_payloads_over_half: {
      label: "Suspicious values",
      unit: "values",
      range: [0, null],
      availability: "values",
      meaning:
        "Different values with a probability above 0.5 of being an attack: what a page sends again with every save is one",
    },
    payloads_over_half_ratio: {
      label: "Share of suspicious values",
      unit: "1",
      range: [0, 1],
      availability: "values",
      meaning: "Values with a probability above 0.5 of being an attack, by the number of values",
    },
    attacked_request_ratio: {
      label: "Share of attacking requests",
      unit: "1",
      range: [0, 1],
      availability: "always",
      meaning: "Requests with a value whose probability of being an attack is above 0.5",
    },
    n_attack_classes: {
      label: "Kinds of attack",
      unit: "classes",
      range: [0, attackClasses.length],
      availability: "values",
      meaning: "Different classes among the suspicious values: scanners try several",
    },
    max_sql_injection_score: describeClass("sql_injection"),
    max_xss_score: describeClass("xss"),
    max_command_injection_score: describeClass("command_injection"),
    max_path_traversal_score: describeClass("path_traversal"),
    max_xxe_score: describeClass("xxe"),
    max_csrf_score: describeClass("csrf"),
  },
  create() {
    const scores = createMoments();
    const best = new Float64Array(payloadClasses.length);
    const top = new Float64Array(topCount);
    const classes = new Set<PayloadClass>();
    let requests = 0;
    let attacked = 0;
    const suspicious = new Set<string>();
    let over = 0;
    let different = 0;
    const addOutput = (output: ClassifierOutput, text: string | null): boolean => {
      const score = attackScore(output);
      addNumber(scores, score);
      for (let k = 0; k < best.length; k++) best[k] = Math.max(best[k]!, output.probabilities[k]!);
      const isSuspicious = score > 0.5;
      if (isSuspicious) {
        over++;
        // A page sends what it holds with every save: the same value again is no further evidence.
        if (text !== null && suspicious.has(text)) return true;
        if (text !== null) addBounded(suspicious, text);
        different++;
      }
      if (score > top[0]!) {
        // Ascending: the smallest of the top leaves.
        top[0] = score;
        for (let k = 1; k < topCount && top[k - 1]! > top[k]!; k++) {
          const smaller = top[k]!;
          top[k] = top[k - 1]!;
          top[k - 1] = smaller;
        }
      }
      if (isSuspicious && output.class !== "benign") classes.add(output.class);
      return isSuspicious;
    };
    return {
      add({ values, requestOutputs }) {
        requests++;
        let isAttack = false;
        for (const { value, output } of values) isAttack = addOutput(output, value.text) || isAttack;
        for (const output of requestOutputs) isAttack = addOutput(output, null) || isAttack;
        if (isAttack) attacked++;
      },
      finish() {
        const known = scores.count > 0;
        const orNone = (x: number): number => (known ? x : Number.NaN);
        const bestOf = (name: PayloadClass): number => orNone(best[payloadClasses.indexOf(name)]!);
        let sum = 0;
        for (const score of top) sum += score;
        return {
          max_payload_score: maxOf(scores),
          mean_payload_score: meanOf(scores),
          top_payload_score: share(sum, Math.min(topCount, scores.count)),
          n_payloads_over_half: orNone(different),
          payloads_over_half_ratio: share(over, scores.count),
          attacked_request_ratio: share(attacked, requests),
          n_attack_classes: orNone(classes.size),
          max_sql_injection_score: bestOf("sql_injection"),
          max_xss_score: bestOf("xss"),
          max_command_injection_score: bestOf("command_injection"),
          max_path_traversal_score: bestOf("path_traversal"),
          max_xxe_score: bestOf("xxe"),
          max_csrf_score: bestOf("csrf"),
        };
      },
    };
  },
} satisfies FeatureGroup<string>;
