import { SentinelError } from "../../../../../shared/errors.ts";
import { inChunks } from "../pace.ts";
import { newPartsOf } from "../reading/new-parts.ts";
import { type Reading, readingsOf } from "../reading/readings.ts";
import type { Finding, Scannable, Scanner, ScanOutcome } from "../scanner.ts";
import { foldText } from "./injection-features.ts";
import { type InjectionModel, probabilityOf, worstStretch } from "./injection-model.ts";
import { compileInjectionRules, type RuleMatcher } from "./match-rules.ts";

/** A second opinion on whole texts; none of it quotes them. */
export interface InjectionClassifier {
  /** @returns what it found; @throws when it cannot judge, which blocks */
  classify(text: string, signal: AbortSignal): Promise<readonly Finding[]>;
}

export interface InjectionOptions {
  readonly model: InjectionModel;
  readonly matcher?: RuleMatcher;
  /** Prompt Guard, where an operator supplies it. */
  readonly classifier?: InjectionClassifier;
}

/** Decodings that only somebody who hides something has a reason for. */
const hiding = new Set([
  "invisible",
  "look_alikes",
  "codes",
  "spelled_letters",
  "digits_for_letters",
  "shifted_letters",
  "reversed",
  "reversed_words",
]);
/** Hidden text of so many letters has no honest reason, whatever it says. */
const leastHidden = 8;
const tagOrSelector =
  /(?:[\u{e0020}-\u{e007e}]){8}|[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]{8}|[\u200b-\u200f\u2060-\u2064\ufeff]{24}/u;

/** Instructions that somebody put into a text for a model to follow: rules and a trained model over all ways to read the text. */
export function createInjectionScanner(options: InjectionOptions): Scanner {
  const { model, classifier } = options;
  const matcher = options.matcher ?? compileInjectionRules();

  return {
    name: "injection",
    async scan(what, signal) {
      const findings: Finding[] = [];
      for await (const { text, offset } of inChunks(what.text, signal)) {
        for (const found of scanChunk(text, model, matcher)) {
          const [start, end] = [found.start + offset, found.end + offset];
          if (!findings.some((known) => known.rule === found.rule && known.start! < end && start < known.end!)) {
            findings.push({ ...found, start, end });
          }
        }
        if (findings.length >= 100) break;
      }
      if (classifier !== undefined) findings.unshift(...(await askClassifier(classifier, what, signal)));
      return { flagged: findings.length > 0, findings } satisfies ScanOutcome;
    },
  };
}

/** SECURITY: a classifier that cannot judge blocks. */
async function askClassifier(
  classifier: InjectionClassifier,
  what: Scannable,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  try {
    return await classifier.classify(what.text, signal);
  } catch (error) {
    signal.throwIfAborted();
    const problem = error instanceof SentinelError ? error.message : "It failed.";
    return [
      {
        rule: "scanner_prompt_guard_unavailable",
        why: `The Prompt Guard model cannot judge, so the text is blocked. ${problem}`,
      },
    ];
  }
}

type Placed = Finding & { readonly start: number; readonly end: number };

function* scanChunk(text: string, model: InjectionModel, matcher: RuleMatcher): Generator<Placed> {
  const hidden = tagOrSelector.exec(text);
  if (hidden !== null && hidden[0].length >= leastHidden) {
    yield {
      rule: "hidden_text",
      why: "Text is written in characters that nobody sees.",
      start: hidden.index,
      end: hidden.index + hidden[0].length,
    };
  }
  for (const reading of readingsOf(text).flatMap((one) => newPartsOf(one, text))) {
    const folded = foldText(reading.text);
    const lower = reading.text.toLowerCase();
    const given = lower.length === reading.text.length ? lower : reading.text;
    for (const { rule, why, start, end } of matcher(folded, given)) {
      yield { rule, why: why + wayOf(reading), ...placeOf(reading, start, end) };
    }
    // Names in programs are often orders: `runAllTheTools`. Those to a model are told by the rules.
    if (reading.decodings.includes("glued_words")) continue;
    const worst = worstStretch(model, folded);
    const isHidden = reading.decodings.some((name) => hiding.has(name));
    if (worst.logit < (isHidden ? model.header.hidden_threshold : model.header.threshold)) continue;
    const start = folded.words[worst.first]!;
    const end = worst.end < folded.wordCount ? folded.words[worst.end]! : folded.length;
    yield {
      rule: "injection_model",
      why: `It reads like an instruction to a model.${wayOf(reading)}`,
      ...placeOf(reading, folded.from[start]!, folded.from[end]!),
      score: probabilityOf(worst.logit),
    };
  }
}

const wayOf = ({ decodings }: Reading) =>
  decodings.length === 0 ? "" : ` It was hidden: ${[...new Set(decodings)].join(", ").replaceAll("_", " ")}.`;

/** Offsets of the text that a reading's offsets come from. */
function placeOf({ origin }: Reading, start: number, end: number): { start: number; end: number } {
  return origin === null ? { start, end } : { start: origin[start]!, end: Math.max(origin[start]!, origin[end]!) };
}
