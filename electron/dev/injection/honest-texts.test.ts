import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { readHonestTexts } from "./honest-texts.ts";

const folder = mkdtempSync(join(tmpdir(), "honest-texts-"));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("texts are taken as they were written, each once, without what a carrier adds", () => {
  const files = {
    "requests.json": '{"train": [["book a table", "intent"], ["book a table", "intent"]], "n": 3}',
    "talk.jsonl": '{"text": "see you later"}\n{"text": "one"}\n',
    "questions.csv": '"where is my card, please",card_arrival\n',
    "mail.txt": "Return-Path: <a@b.example>\nSubject: hidden\n\nDear Ann,\n\n<b>thank</b> you.\n",
    "picture.png": "not a text",
    "inner/notes.md": "# House rules\n\nShoes off.",
  };
  mkdirSync(join(folder, "inner"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const texts = readHonestTexts(folder);
  expect([...texts].map((text) => text.replace(/\s+/g, " ")).sort()).toEqual([
    "# House rules Shoes off.",
    "Dear Ann, thank you.",
    "book a table",
    "see you later",
    "where is my card, please",
  ]);
  expect(readHonestTexts(folder)).toEqual(texts);
});
