import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readModel } from "../engine/detect/classifier/model-file.ts";
import { loadClassifier } from "../engine/detect/classifier/payload-model.ts";
import { createRuleClassifier } from "../engine/detect/classifier/rules.ts";
import { evaluateCodeScanners } from "./agent-scan/print-code-scanners.ts";
import { describeConversations } from "./conversations/evaluate-conversations.ts";
import { describeRecordedSessions } from "./evaluate-sessions.ts";
import { describeInjections } from "./injection/evaluate-scanners.ts";
import { loadCorpus } from "./train/corpus.ts";
import { evaluateFolds } from "./train/folds.ts";
import { compareWithOthers } from "./train/others.ts";
import { evaluateModel } from "./train/tables.ts";
import { missedTargets } from "./train/targets.ts";
import { trainingSeed } from "./train/train.ts";

/**
 * Prints what the payload model is worth: on the public test split, on sources that no fit has seen, leaving sources out of the
 * fit, and against the rule tier; a line for each stated target that is missed, and exit code 1 where it is one of detection; then the agent's scanners and looks at conversations (with --scanners nothing else). With --sessions FOLDER, instead of all this, what the product decides about recorded sessions of applications. With --others, instead, the model beside the rule tier, the classic model, the OWASP Core Rule Set in Coraza and libinjection (both built with Go) on values that no fit has seen; attack lists of SENTINEL_HELDOUT_ATTACKS, a folder like SENTINEL_DATA, are a column of it. With --card FOLDER the tables are written into the model card there, with --others into COMPARISON.md.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      model: { type: "string", default: "resources/model/payload.bin" },
      "no-folds": { type: "boolean", default: false },
      card: { type: "string" },
      scanners: { type: "boolean", default: false },
      sessions: { type: "string" },
      others: { type: "boolean", default: false },
    },
  });
  if (values.scanners) {
    for (const section of [await describeInjections(), ...(await evaluateCodeScanners()), describeConversations()])
      console.log(`\n${section}`);
    return;
  }
  if (values.sessions !== undefined) {
    console.log(await describeRecordedSessions(values.sessions));
    return;
  }
  const bytes = readFileSync(values.model);
  const model = loadClassifier(bytes);
  const rules = createRuleClassifier();
  if (values.others) {
    const corpus = await loadCorpus(trainingSeed, { attacks: 1, benign: 1, perFolder: 1000, texts: 1, pool: 0 });
    const comparison = compareWithOthers(corpus, { model, rules, attackLists: process.env.SENTINEL_HELDOUT_ATTACKS });
    console.log(comparison);
    if (values.card !== undefined) writeComparison(values.card, model.hash, comparison);
    return;
  }
  const sections: string[] = [];
  const print = (section: string) => {
    sections.push(section);
    console.log(`\n${section}`);
  };
  const corpus = await loadCorpus(trainingSeed, {
    attacks: 18_000,
    benign: 24_000,
    perFolder: 3000,
    texts: 210_000,
    pool: 0,
  });
  for await (const section of evaluateModel(model, rules, corpus, process.env.SENTINEL_RECORDINGS)) print(section);
  const { temperature, benign_shift: benignShift } = readModel(bytes).header;
  if (!values["no-folds"])
    for (const section of evaluateFolds(corpus, rules, { temperature, benignShift })) print(section);
  for (const section of [await describeInjections(), ...(await evaluateCodeScanners()), describeConversations()])
    console.log(`\n${section}`);
  if (values.card !== undefined) writeCard(values.card, model.hash, sections);
  tellMissed(sections);
}

/** A line for each target that is missed; one ends the command with code 1. */
function tellMissed(sections: readonly string[]): void {
  const missed = sections.flatMap(missedTargets);
  for (const { section, figure, value, target } of missed)
    console.log(`\nTARGET MISSED: ${section}, ${figure}: ${value}, stated ${target}`);
  if (missed.length > 0) process.exitCode = 1;
}

function writeCard(folder: string, hash: string, sections: readonly string[]): void {
  const about = readFileSync(join(import.meta.dirname, "train", "card-text.md"), "utf8");
  const card = `${about.replace("‹hash›", hash)}\n## Measured\n\n${sections.join("\n\n")}\n`;
  writeFileSync(join(folder, "MODEL-CARD.md"), card);
}

function writeComparison(folder: string, hash: string, comparison: string): void {
  const about = readFileSync(join(import.meta.dirname, "train", "comparison-text.md"), "utf8");
  writeFileSync(join(folder, "COMPARISON.md"), `${about.replace("‹hash›", hash)}\n${comparison}\n`);
}

await main();
