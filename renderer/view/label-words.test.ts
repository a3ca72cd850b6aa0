import { describe, expect, test } from "vitest";
import type { MissedAttacks, TaskReason } from "../../shared/label.ts";
import { adviceInWords, formatShare, missedInWords, reasonInWords, signFigure, signSays } from "./label-words.ts";

const why = (told: Partial<TaskReason>): TaskReason => ({
  kind: "new",
  classes: [],
  alike: 1,
  labelled: 0,
  otherwise: 0,
  ...told,
});
const missed = (told: Partial<MissedAttacks>): MissedAttacks => ({
  drawn: 400,
  attacks: 2,
  open: 0,
  share: { value: 0.005, low: 0.000606, high: 0.01794 },
  is_all: false,
  begun: 20,
  needed: 20,
  population: null,
  ...told,
});

test.each([
  { told: {}, words: "Unlike anything labelled." },
  { told: { alike: 1200 }, words: "Unlike anything labelled. 1,199 more like it have no label." },
  {
    told: { kind: "torn", classes: ["sql_injection", "benign"] },
    words: "The model is torn between SQL injection and benign.",
  },
  { told: { kind: "torn", classes: ["benign"] }, words: "The model is close to its threshold." },
  { told: { kind: "contradicted" }, words: "Payloads and behaviour say opposite things." },
  {
    told: { kind: "conflict", classes: ["xss"], labelled: 3, otherwise: 2 },
    words: "Of 3 labelled neighbours, 2 are labelled otherwise: Cross-site scripting.",
  },
  { told: { kind: "familiar", labelled: 2 }, words: "Like 2 samples labelled as the model says." },
  { told: { kind: "audit" }, words: "Drawn at random, whatever the model says." },
] satisfies { told: Partial<TaskReason>; words: string }[])(
  "a task says why it is shown: $words",
  ({ told, words }) => {
    expect(reasonInWords(why(told))).toBe(words);
  },
);

describe("what is missed", () => {
  test.each([
    {
      told: {},
      words:
        "Of 400 drawn at random among the sessions that were called benign, 2 were attacks: 0.06 % to 1.8 % are missed.",
    },
    {
      told: { drawn: 0, share: null, begun: 1 },
      words:
        "Not known yet: of the first 20 drawn at random among the sessions that were called benign, 1 is labelled.",
    },
    {
      told: { drawn: 30, attacks: 1, is_all: true, share: { value: 1 / 30, low: 1 / 30, high: 1 / 30 } },
      words: "Of all 30 among the sessions that were called benign, 1 was an attack: 3.3 % are missed.",
    },
    {
      told: { open: 3 },
      words:
        "Of 400 drawn at random among the sessions that were called benign, 2 were attacks: 0.06 % to 1.8 % are missed. 3 draws without a label are in the range as whatever they may be.",
    },
  ])("is said in words: $words", ({ told, words }) => {
    expect(missedInWords(missed(told), "session")).toBe(words);
  });

  test.each([
    [0, "0 %"],
    [1, "100 %"],
    [0.0006, "0.06 %"],
    [0.018, "1.8 %"],
    [0.9999, "99.99 %"],
  ])("a share of %d reads %s", (share, words) => {
    expect(formatShare(share)).toBe(words);
  });
});

describe("advice", () => {
  const sign = {
    name: "confirmed",
    figure: { value: 0.8, low: 0.66, high: 0.9 },
    bound: 0.85,
    of: 50,
    needed: 50,
  } as const;

  test("says what speaks against stopping, with its figure", () => {
    const told = { advice: "go_on", signs: [{ ...sign, speaks_for_stopping: false }] } as const;
    expect(adviceInWords({ ...told, signs: [...told.signs] })).toBe(
      "More labels are worth it: Recent labels that confirm the model, 80.0 % (66.0 % to 90.0 %).",
    );
  });

  test("says how much is missing where it is not known", () => {
    const unknown = { ...sign, figure: null, of: 7, speaks_for_stopping: null };
    expect([signFigure(unknown), signSays(unknown)]).toEqual(["none yet", "not known yet: 7 of 50 labels"]);
    expect(adviceInWords({ advice: "unknown", signs: [unknown] })).toBe(
      "Not known yet whether more labels are worth it.",
    );
  });
});
