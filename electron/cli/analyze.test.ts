import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { entryOf, harOf } from "../engine/test-engine.ts";
import { runWithEngine } from "./fixture-run-command.ts";

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "sentinel-analyze-"));
});
afterAll(() => rmSync(home, { recursive: true }));

test("a recording that was cut off: what was read is printed, what was not is told, and the exit code says so", async () => {
  const whole = harOf([entryOf("https://shop.example/a"), entryOf("https://shop.example/b", { at: 5 })]);
  const [good, cut] = [join(home, "good.har"), join(home, "cut.har")];
  writeFileSync(good, whole);
  writeFileSync(cut, whole.slice(0, whole.indexOf("shop.example/b")));
  const got = await runWithEngine(home, ["analyze", "--json", cut, good]);
  expect(got.code).toBe(5);
  expect(got.told).toBe(
    `${cut}: EVIDENCE_UNREADABLE: entry 2: The file ends in the middle; what came before was read.`,
  );
  const lines = got.out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([
    { file: cut, session: "s1", requests: 1 },
    { file: good, session: "s1", requests: 2, extent: { payloads_found: 0, values_cut: 0 } },
  ]);
}, 60_000);

test("entries that are no HTTP requests are told of, and are no failure", async () => {
  const file = join(home, "page.har");
  const urls = [
    "https://shop.example/a",
    "data:image/png;base64,iVBORw0KGgo=",
    "blob:https://shop.example/1",
    "data:,x",
  ];
  writeFileSync(file, harOf(urls.map((url, at) => entryOf(url, { at }))));
  const got = await runWithEngine(home, ["analyze", file]);
  expect(got).toMatchObject({ code: 0, out: expect.stringMatching(/ s1 {2}benign {2}\S+ {2}1 requests\n$/) });
  expect(got.told).toBe(`${file}: 3 entries are no HTTP requests and were passed over: 2 data, 1 blob.`);
}, 60_000);

test("a file whose analysis fails is refused with its code, and what to do about it is said once", async () => {
  const bomb = join(home, "bomb.har.gz");
  writeFileSync(bomb, gzipSync(`{"log":{"entries":[${" ".repeat(200 * 1024 ** 2)}]}}`));
  const got = await runWithEngine(home, ["analyze", bomb]);
  expect(got).toMatchObject({ code: 3, out: "" });
  expect(got.told).toMatch(/^\S+bomb\.har\.gz: INPUT_TOO_LARGE: The compressed file expands beyond reason/);
  expect(got.told.split("split the file.")).toHaveLength(2);
}, 60_000);
