import { payloadClasses } from "../../../../shared/payload.ts";
import type { ClassifierOutput, PayloadClassifier } from "../payload.ts";

/** A value that a classifier must get through, and how long it may take, milliseconds. */
export interface HardValue {
  readonly why: string;
  readonly text: string;
  readonly withinMs: number;
}

const million = 1_000_000;
let nested = "<script>alert(1)</script>";
for (let i = 0; i < 8; i++) nested = encodeURIComponent(nested);
let nestedBase64 = "' or 1=1--";
for (let i = 0; i < 8; i++) nestedBase64 = Buffer.from(nestedBase64).toString("base64");

/** Values that break naive readers: none may throw, hang or leave the budget. */
export const hardValues: readonly HardValue[] = [
  { why: "empty", text: "", withinMs: 50 },
  { why: "one blank", text: " ", withinMs: 50 },
  { why: "one quote", text: "'", withinMs: 50 },
  { why: "1 MB of one letter", text: "a".repeat(million), withinMs: 2000 },
  { why: "1 MB of quotes", text: "'".repeat(million), withinMs: 2000 },
  { why: "1 MB of per cent signs", text: "%".repeat(million), withinMs: 2000 },
  { why: "1 MB of encoded blanks", text: "%20".repeat(million / 3), withinMs: 2000 },
  { why: "1 MB of opened tags", text: "<a ".repeat(million / 3), withinMs: 2000 },
  { why: "every byte", text: String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i)), withinMs: 50 },
  { why: "lone surrogates", text: "\ud800<script>\udfff\ud83d alert(1)\udc00", withinMs: 50 },
  { why: "NUL bytes", text: "a\u0000b\u0000../../etc/passwd\u0000.jpg", withinMs: 50 },
  { why: "regex bomb of a's", text: `${"a".repeat(50_000)}!`, withinMs: 500 },
  { why: "regex bomb of blanks", text: `x${" ".repeat(50_000)}x`, withinMs: 500 },
  { why: "regex bomb of parentheses", text: "(".repeat(50_000), withinMs: 500 },
  { why: "regex bomb of comments", text: "/*".repeat(25_000), withinMs: 500 },
  { why: "regex bomb of quotes and letters", text: "'a".repeat(25_000), withinMs: 500 },
  { why: "eight URL encodings", text: nested, withinMs: 500 },
  { why: "eight Base64 encodings", text: nestedBase64, withinMs: 500 },
  { why: "entities of entities", text: `${"&amp;".repeat(2000)}lt;script&gt;`, withinMs: 500 },
  { why: "combining marks", text: `e${"\u0301".repeat(5000)}`, withinMs: 500 },
  { why: "right-to-left controls", text: "\u202e' or 1=1--\u202c", withinMs: 50 },
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
  const started = performance.now();
  const scored = classifier.score(value.text);
  const tookMs = performance.now() - started;
  const faults = faultsOf(scored, value.text);
  if (tookMs > value.withinMs) faults.push(`it took ${Math.round(tookMs)} ms`);
  const classified = classifier.classify(value.text);
  faults.push(...faultsOf(classified, value.text));
  const core = (output: ClassifierOutput) => JSON.stringify({ ...output, spans: [] });
  if (core(classified) !== core(scored)) faults.push("classify and score disagree");
  if (core(classifier.score(value.text)) !== core(scored)) faults.push("the same value gives another output");
  return faults;
}
