import { setImmediate as turn } from "node:timers/promises";
import { type CodeBlock, findBlocks } from "./find-blocks.ts";
import { guessLanguages } from "./guess-language.ts";
import { type Language, languageNamed } from "./languages.ts";
import { loadRules } from "./load-rules.ts";
import { matchRules, type RuleMatch } from "./match-rules.ts";
import { loadParser } from "./parse-code.ts";
import type { CodeRule } from "./rule.ts";
import { codeRules } from "./rules/all-rules.ts";

/** A place in a text where a rule holds; offsets are UTF-16 units of the text. */
export interface CodeMatch extends RuleMatch {
  readonly language: Language;
}

export interface CodeReading {
  readonly matches: readonly CodeMatch[];
  /** Some code was not read to its end: too long, too deep or too slow. */
  readonly isCut: boolean;
  /** Code of whatever language was found. */
  readonly hasCode: boolean;
}

/** Reads the code of texts. @throws nothing for any text; rejects only with the signal's reason. */
export interface CodeReader {
  read(text: string, language: string | undefined, signal: AbortSignal): Promise<CodeReading>;
}

/** UTF-16 units of code that are read of one text. */
const longestCode = 200_000;
/** Milliseconds for one text, over all of its blocks. */
const patience = 4_000;
const mostBlocks = 200;
/** Share of a guessed text that its language's grammar may leave over. */
const mostUnread = 0.25;

/** @throws Error where a grammar or a rule does not load */
export async function createCodeReader(rules: readonly CodeRule[] = codeRules): Promise<CodeReader> {
  const byLanguage = loadRules(rules);
  let parser = await loadParser();

  const readBlock = (block: CodeBlock, deadline: number): CodeReading => {
    const named = block.language;
    const candidates = named === null ? guessLanguages(block.code) : [named];
    const tries = candidates.map((language) => ({ language, ...parser.parse(block.code, language, deadline) }));
    tries.sort((a, b) => a.unread - b.unread);
    const least = tries[0]?.unread ?? 1;
    const isCut = tries.some((one) => one.cut);
    // What a fence or the caller calls a language is read as it; a guess must fit, and the best fit first.
    const fitting = named !== null ? tries : tries.filter((one) => one.unread <= Math.min(mostUnread, least + 0.02));
    const matches: CodeMatch[] = [];
    let isLate = false;
    for (const { language, root } of fitting) {
      const found = matchRules(root, byLanguage.get(language)!, deadline);
      isLate ||= found.isCut;
      for (const match of found.matches) {
        matches.push({ ...match, language, start: match.start + block.start, end: match.end + block.start });
      }
    }
    return { matches, isCut: isCut || isLate, hasCode: fitting.length > 0 };
  };

  return {
    async read(text, language, signal) {
      if (parser.isBroken()) parser = await loadParser();
      const deadline = performance.now() + patience;
      const named = language === undefined ? null : languageNamed(language);
      const blocks = findBlocks(text.slice(0, 20 * longestCode), named);
      const matches: CodeMatch[] = [];
      let left = longestCode;
      let isCut = blocks.length > mostBlocks || text.length > 20 * longestCode;
      let hasCode = false;
      for (const block of blocks.slice(0, mostBlocks)) {
        signal.throwIfAborted();
        if (block.code.length > left || performance.now() > deadline) isCut = true;
        const reading = readBlock({ ...block, code: block.code.slice(0, left) }, deadline);
        left -= Math.min(left, block.code.length);
        matches.push(...reading.matches);
        isCut ||= reading.isCut;
        hasCode ||= reading.hasCode;
        // Other work of this thread goes on in between.
        await turn();
      }
      signal.throwIfAborted();
      return { matches, isCut, hasCode };
    },
  };
}
