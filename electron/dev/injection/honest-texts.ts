import { readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { createRandom } from "../../engine/learn/training/random.ts";

/** Texts taken from one folder at most. */
const mostTexts = 16_000;
const largestFile = 6_000_000;
const longestText = 2500;

/**
 * What people wrote to people and to assistants: mails, questions to a bank, requests, policies. Unlike `readTextFolder`, which
 * pastes pieces of files, it takes each text as it was written. Read when the model is fitted or judged, never copied.
 * Deterministic for the same files.
 */
export function readHonestTexts(folder: string): string[] {
  const texts = new Set<string>();
  for (const path of filesIn(folder)) {
    const text = statSync(path).size > largestFile ? "" : readFileSync(path, "utf8");
    for (const one of textsOf(text, extname(path))) if (/\p{L}+[^\p{L}]+\p{L}+/u.test(one)) texts.add(one);
  }
  return createRandom(`honest texts of ${texts.size}`)
    .shuffle([...texts])
    .slice(0, mostTexts);
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return entry.name === ".git" ? [] : filesIn(path);
      return /\.(?:txt|md|json|jsonl|csv)$/.test(entry.name) ? [path] : [];
    });
}

function textsOf(text: string, extension: string): string[] {
  if (text === "") return [];
  if (extension === ".json") return stringsOf(JSON.parse(text));
  if (extension === ".jsonl")
    return text
      .split("\n")
      .filter(Boolean)
      .flatMap((line) => stringsOf(JSON.parse(line)));
  if (extension === ".csv") return text.split("\n").map((line) => line.replace(/,[^,]*$/, "").replace(/^"|"$/g, ""));
  return pagesOf(
    text.replace(/^(?:From |Return-Path:|Delivered-To:|Received:)[\s\S]*?\n\n/, "").replace(/<[^>]{0,500}>/g, " "),
  );
}

function stringsOf(value: unknown): string[] {
  if (typeof value === "string") return value.length <= longestText && value.includes(" ") ? [value] : [];
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(stringsOf) : [];
}

/** Paragraphs, as many together as make a text. */
function pagesOf(text: string): string[] {
  const pages: string[] = [];
  let page = "";
  for (const paragraph of text.split(/\n[ \t]*\n/)) {
    if (/\S{90}/.test(paragraph) || paragraph.length > longestText) continue;
    if (page !== "" && page.length + paragraph.length > longestText) {
      pages.push(page);
      page = "";
    }
    page += `${paragraph.trim()}\n\n`;
  }
  return [...pages, page].map((one) => one.trim()).filter((one) => one !== "");
}
