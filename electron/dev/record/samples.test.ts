import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { attackFlows } from "./attack-flows.ts";
import { honestFlows } from "./honest-flows.ts";
import { findAttack, formatRecording, readEntries } from "./recording.ts";
import type { PlantedAttack } from "./visitor.ts";

const samples = join(import.meta.dirname, "../../../resources/samples");
const Attack = z.object({
  entry: z.number(),
  class: z.custom<PlantedAttack["class"]>(),
  method: z.string(),
  path: z.string(),
  place: z.custom<PlantedAttack["place"]>(),
  name: z.string(),
  payload: z.string(),
});
const Manifest = z.object({
  files: z.array(
    z.object({
      file: z.string(),
      kind: z.enum(["har", "access_log"]),
      requests: z.number(),
      sessions: z.array(z.object({ name: z.string() })),
      attacks: z.array(Attack),
    }),
  ),
});
const read = (name: string) => readFileSync(join(samples, name), "utf8");
const manifest = Manifest.parse(JSON.parse(read("manifest.json")));
const hars = manifest.files.filter((file) => file.kind === "har");

describe.each(hars)("$file", ({ file, requests, attacks }) => {
  const entries = readEntries(read(file), []);

  test("holds what the manifest says", () => {
    expect(entries).toHaveLength(requests);
    for (const { entry, ...attack } of attacks)
      expect(findAttack(entries.slice(entry, entry + 1), attack, new Set())).toBe(0);
  });

  test("has no trace of the rehearsal", () => {
    expect(read(file)).not.toMatch(/x-shop-key|x-forwarded-for|shop_key|\/tmp\//i);
  });
});

test("the access log tells the same attacks by line, as far as a log can", () => {
  const log = manifest.files.find((file) => file.kind === "access_log");
  const lines = read("access.log").trimEnd().split("\n");
  expect(lines).toHaveLength(log?.requests ?? -1);
  expect(log?.attacks).toHaveLength(hars.flatMap((file) => file.attacks).filter((a) => a.place === "query").length);
  for (const attack of log?.attacks ?? []) {
    const target = lines[attack.entry - 1]?.split(" ")[6] ?? "";
    const url = new URL(target, "http://127.0.0.1");
    expect(url.pathname).toBe(attack.path);
    const decoded = url.searchParams.get(attack.name) ?? "";
    expect([decoded, decodeURIComponent(decoded.replace(/%(?![0-9a-f]{2})/gi, "%25"))]).toContain(
      attack.payload.replace(/%2f/g, "/"),
    );
  }
});

test("every flow was recorded, and all files are listed and small", () => {
  const recorded = hars.flatMap((file) => file.sessions.map((session) => session.name));
  expect(recorded.toSorted()).toEqual([...honestFlows, ...attackFlows].map((flow) => flow.name).toSorted());
  const files = readdirSync(samples).filter((name) => name !== "manifest.json");
  expect(files.toSorted()).toEqual(manifest.files.map((file) => file.file).toSorted());
  expect(files.reduce((sum, name) => sum + statSync(join(samples, name)).size, 0)).toBeLessThan(3_000_000);
});

test("a recording is shipped by time, without the rehearsal's headers, script bodies and folders", () => {
  const entry = (at: string, mimeType: string) => ({
    startedDateTime: at,
    _internal: 1,
    request: { method: "GET", url: "http://127.0.0.1/", headers: [{ name: "X-Shop-Key", value: "k" }] },
    response: { headers: [], content: { mimeType, text: "at /home/me/shop.ts" } },
  });
  const raw = JSON.stringify({
    log: { version: "1.2", creator: {}, entries: [entry("2026-01-02", "text/html"), entry("2026-01-01", "text/css")] },
  });
  const text = formatRecording(readEntries(raw, [["/home/me", "/srv"]]));
  const entries = readEntries(text, []);
  expect(entries.map((e) => [e.startedDateTime, e.response.content.text])).toEqual([
    ["2026-01-01", undefined],
    ["2026-01-02", "at /srv/shop.ts"],
  ]);
  expect(text).not.toMatch(/_internal|Shop-Key/);
});
