import { payloadClasses } from "../../../../shared/payload.ts";
import type { ClassifierOutput, PayloadClassifier } from "../payload.ts";

/** A value that a classifier must get through. */
export interface HardValue {
  readonly why: string;
  readonly text: string;
}

const million = 1_000_000;
let nested = "<script>alert(1)</script>";
for (let i = 0; i < 8; i++) nested = encodeURIComponent(nested);
let nestedBase64 = "' or 1=1--";
for (let i = 0; i < 8; i++) nestedBase64 = Buffer.from(nestedBase64).toString("base64");

/** Values that break naive readers: none may throw or hang. */
export const hardValues: readonly HardValue[] = [
  { why: "empty", text: "" },
  { why: "one blank", text: " " },
  { why: "one quote", text: "'" },
  { why: "1 MB of one letter", text: "a".repeat(million) },
  { why: "1 MB of quotes", text: "'".repeat(million) },
  { why: "1 MB of per cent signs", text: "%".repeat(million) },
  { why: "1 MB of encoded blanks", text: "%20".repeat(million / 3) },
  { why: "1 MB of opened tags", text: "<a ".repeat(million / 3) },
  { why: "every byte", text: String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i)) },
  { why: "lone surrogates", text: "\ud800<script>\udfff\ud83d alert(1)\udc00" },
  { why: "NUL bytes", text: "a\u0000b\u0000../../etc/passwd\u0000.jpg" },
  { why: "regex bomb of a's", text: `${"a".repeat(50_000)}!` },
  { why: "regex bomb of blanks", text: `x${" ".repeat(50_000)}x` },
  { why: "regex bomb of parentheses", text: "(".repeat(50_000) },
  { why: "regex bomb of comments", text: "/*".repeat(25_000) },
  { why: "regex bomb of quotes and letters", text: "'a".repeat(25_000) },
  { why: "eight URL encodings", text: nested },
  { why: "eight Base64 encodings", text: nestedBase64 },
  { why: "entities of entities", text: `${"&amp;".repeat(2000)}lt;script&gt;` },
  { why: "combining marks", text: `e${"\u0301".repeat(5000)}` },
  { why: "right-to-left controls", text: "\u202e' or 1=1--\u202c" },
];

/** @returns what is wrong with an output for a text; empty when nothing is */
export function faultsOf(output: ClassifierOutput, text: string): string[] {
  const faults: string[] = [];
  const check = (right: boolean, fault: string) => {
    if (!right) faults.push(fault);
  };
  const { probabilities, confidence, spans } = output;
  const best = payloadClasses.indexOf(output.class);
  check(probabilities.length === payloadClasses.length, "there is not one probability a class");
  check(
    probabilities.every((p) => p >= 0 && p <= 1),
    "a probability is not in [0, 1]",
  );
  check(Math.abs(probabilities.reduce((sum, p) => sum + p, 0) - 1) < 1e-9, "the probabilities do not sum to 1");
  check(best >= 0 && probabilities[best] === confidence, "the confidence is not that of the class");
  check(
    probabilities.every((p) => p <= confidence),
    "another class is likelier than the one told",
  );
  check(probabilities[payloadClasses.indexOf("csrf")] === 0, "csrf is told of a value");
  check(
    spans.every(({ start, end }) => start >= 0 && start <= end && end <= text.length),
    "a span lies outside the text",
  );
  check(
    spans.every(({ weight }, i) => i === 0 || weight <= spans[i - 1]!.weight),
    "the spans are not ordered by weight",
  );
  check(new Set(output.set).size === output.set.length, "the set names a class twice");
  check(output.family !== output.class, "the family repeats the class");
  return faults;
}

/** Judges one value by every way a classifier offers and checks that they agree. @returns what is wrong */
export function checkValue(classifier: PayloadClassifier, value: HardValue): string[] {
  const scored = classifier.score(value.text);
  const faults = faultsOf(scored, value.text);
  const classified = classifier.classify(value.text);
  faults.push(...faultsOf(classified, value.text));
  const core = (output: ClassifierOutput) => JSON.stringify({ ...output, spans: [] });
  if (core(classified) !== core(scored)) faults.push("classify and score disagree");
  if (core(classifier.score(value.text)) !== core(scored)) faults.push("the same value gives another output");
  return faults;
}

/** What values are made of that cost naive readers more than their length. */
export const growingStems: readonly string[] = ["a", "'a", "%20", "(", "&amp;"];

const kilobyte = 1024;
/** Times as long, in length and in what it may cost: eight where cost is linear, 64 where it is quadratic. */
const lengths = [16 * kilobyte, 128 * kilobyte] as const;
const mostTimes = 32;
/** Below this a time says nothing, milliseconds. */
const leastMs = 3;

/**
 * Whether the cost of a value is linear in its length: times of processor, not of clock, the better of two each, so that what else the
 * machine does tells nothing.
 * @returns what is wrong; empty when nothing is
 */
export function checkGrowth(classifier: PayloadClassifier, stem: string): string[] {
  const [short, long] = lengths.map((length) => {
    const text = stem.repeat(Math.ceil(length / stem.length)).slice(0, length);
    return Math.min(...[0, 1].map(() => processorMs(() => classifier.score(text))));
  }) as [number, number];
  if (long <= mostTimes * Math.max(short, leastMs)) return [];
  return [`eight times the length costs ${long.toFixed(1)} ms instead of ${short.toFixed(1)} ms`];
}

function processorMs(work: () => void): number {
  const from = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
}
