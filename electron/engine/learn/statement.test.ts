import { describe, expect, test } from "vitest";
import { agreeOn, type Statement } from "./statement.ts";

const said = (labeller: string, label: Statement["label"], at: number, more: Partial<Statement> = {}): Statement => ({
  sample: "s",
  kind: "payload",
  labeller,
  label,
  at,
  source: "labelling",
  resolves: false,
  isFalsePositive: false,
  said: null,
  ...more,
});

describe("what is held of a sample", () => {
  test.each([
    { why: "one word is enough", words: [said("ana", "xss", 1)], label: "xss" },
    { why: "all who labelled say the same", words: [said("ana", "xss", 1), said("ben", "xss", 2)], label: "xss" },
    { why: "two who disagree settle nothing", words: [said("ana", "xss", 1), said("ben", "benign", 2)], label: null },
    {
      why: "the last word of a labeller counts, wherever it was said",
      words: [said("ana", "benign", 1, { source: "alert" }), said("ben", "xss", 2), said("ana", "xss", 3)],
      label: "xss",
    },
    {
      why: "a resolution settles what was said before",
      words: [said("ana", "xss", 1), said("ben", "benign", 2), said("cem", "benign", 3, { resolves: true })],
      label: "benign",
    },
    {
      why: "who says otherwise afterwards opens it again",
      words: [said("ana", "xss", 1), said("cem", "benign", 3, { resolves: true }), said("ben", "xss", 4)],
      label: null,
    },
    {
      why: "the last of two resolutions counts",
      words: [said("ana", "xss", 2, { resolves: true }), said("ben", "benign", 3, { resolves: true })],
      label: "benign",
    },
    {
      why: "who resolved and then says something else has taken the resolution back",
      words: [said("ana", "xss", 1), said("ben", "benign", 2, { resolves: true }), said("ben", "benign", 3)],
      label: null,
    },
  ])("$why", ({ words, label }) => {
    expect(agreeOn(words).label).toBe(label);
    expect(agreeOn(words.toReversed()).label).toBe(label);
  });
});
