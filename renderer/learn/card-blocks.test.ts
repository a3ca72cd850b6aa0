import { expect, test } from "vitest";
import { splitCard } from "./card-blocks.ts";

test("tables are taken out, text stays as it was", () => {
  const card = [
    "# Model",
    "",
    "| gate | why |",
    "| --- | --- |",
    "| recall | a \\| b |",
    "| fpr | |",
    "",
    "Done.",
  ].join("\n");
  expect(splitCard(card)).toEqual([
    { kind: "text", text: "# Model\n" },
    {
      kind: "table",
      head: ["gate", "why"],
      rows: [
        ["recall", "a \\| b"],
        ["fpr", ""],
      ],
    },
    { kind: "text", text: "\nDone." },
  ]);
});

test("a card without tables is text", () => {
  expect(splitCard("Only words.")).toEqual([{ kind: "text", text: "Only words." }]);
});
