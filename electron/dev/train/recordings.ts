import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Place } from "../../../shared/payload.ts";
import type { Sample } from "./sample.ts";

/**
 * Values of recorded sessions of public web applications: `FOLDER/APP/honest/*.har` and `FOLDER/APP/attack/*.har`. Applications
 * under `FOLDER/heldout` are for judging only.
 */
const Pair = z.object({ name: z.string(), value: z.string() });
const Har = z.object({
  log: z.object({
    entries: z.array(
      z.object({
        request: z.object({
          url: z.string(),
          headers: z.array(Pair),
          postData: z.object({ mimeType: z.string().default(""), text: z.string().optional() }).nullish(),
        }),
      }),
    ),
  }),
});

export interface RecordedValue extends Sample {
  readonly file: string;
}

export function listApplications(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "heldout")
    .map((entry) => entry.name)
    .sort();
}

/** Distinct honest values of one application, in the order in which they occur. */
export function readHonestValues(folder: string, application: string): RecordedValue[] {
  const directory = join(folder, application, "honest");
  if (!existsSync(directory)) return [];
  const seen = new Set<string>();
  const out: RecordedValue[] = [];
  for (const name of readdirSync(directory).sort()) {
    if (!name.endsWith(".har")) continue;
    const file = join(directory, name);
    const har = Har.safeParse(JSON.parse(readFileSync(file, "utf8")));
    if (!har.success) continue;
    for (const { request } of har.data.log.entries) {
      for (const value of valuesOf(request)) {
        const key = `${value.place} ${value.name} ${value.text}`;
        if (value.text === "" || seen.has(key)) continue;
        seen.add(key);
        out.push({ ...value, family: "benign", source: `recording ${application}`, kind: value.place, file: name });
      }
    }
  }
  return out;
}

type Value = { text: string; place: Place; name: string };
type HarRequest = z.infer<typeof Har>["log"]["entries"][number]["request"];

function valuesOf(request: HarRequest): Value[] {
  const out: Value[] = [];
  const queryAt = request.url.indexOf("?");
  const path = (queryAt < 0 ? request.url : request.url.slice(0, queryAt)).replace(/^[a-z]+:\/\/[^/]*/i, "");
  for (const segment of path.split("/")) out.push({ text: segment, place: "path_segment", name: "" });
  if (queryAt >= 0) addPairs(request.url.slice(queryAt + 1).split("#")[0]!, "query", out);
  for (const { name, value } of request.headers) {
    if (name.startsWith(":")) continue;
    if (name.toLowerCase() === "cookie") {
      for (const part of value.split(/; ?/)) {
        const at = part.indexOf("=");
        out.push({ text: part.slice(at + 1), place: "cookie", name: part.slice(0, Math.max(0, at)) });
      }
    } else out.push({ text: value, place: "header", name: name.toLowerCase() });
  }
  const body = request.postData;
  if (body?.text) {
    if (body.mimeType.includes("urlencoded")) addPairs(body.text, "form", out);
    else if (body.mimeType.includes("json")) addJson(body.text, out);
    else if (body.mimeType.includes("multipart")) addMultipart(body.text, out);
    else out.push({ text: body.text, place: "body", name: "" });
  }
  return out;
}

function addPairs(text: string, place: "query" | "form", out: Value[]): void {
  for (const pair of text.split("&")) {
    const at = pair.indexOf("=");
    const name = at < 0 ? pair : pair.slice(0, at);
    if (at >= 0) out.push({ text: pair.slice(at + 1), place, name });
    out.push({ text: name, place: "query_name", name: "" });
  }
}

function addJson(text: string, out: Value[]): void {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    out.push({ text, place: "body", name: "" });
    return;
  }
  const walk = (value: unknown, name: string): void => {
    if (typeof value === "string" || typeof value === "number") out.push({ text: String(value), place: "json", name });
    else if (Array.isArray(value)) for (const item of value) walk(item, name);
    else if (value !== null && typeof value === "object") {
      for (const [key, item] of Object.entries(value)) {
        out.push({ text: key, place: "query_name", name });
        walk(item, key);
      }
    }
  };
  walk(json, "");
}

function addMultipart(text: string, out: Value[]): void {
  for (const part of text.split(/\r?\n--/)) {
    const at = part.search(/\r?\n\r?\n/);
    if (at < 0) continue;
    const name = /name="([^"]*)"/.exec(part.slice(0, at))?.[1] ?? "";
    const file = /filename="([^"]*)"/.exec(part.slice(0, at))?.[1];
    if (file) out.push({ text: file, place: "file_name", name });
    out.push({ text: part.slice(at).trim(), place: "multipart", name });
  }
}
