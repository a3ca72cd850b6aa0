import { expect, test } from "vitest";
import type { Place } from "../../../../shared/payload.ts";
import type { SinkEvent, SinkKind } from "../../../../shared/simulator.ts";
import { sinkKinds } from "../../../../shared/simulator.ts";
import { type ChosenRequest, chooseRequests } from "./choose-requests.ts";
import { scaleDelay } from "./delay-argument.ts";
import { exploitScore, exploitThreshold, judgeSimulation, sinkWeights } from "./exploit-score.ts";
import { createLogBook } from "./log-book.ts";
import { ordinaryValue } from "./ordinary-value.ts";
import { createPlaces } from "./places.ts";
import { createOutputReader } from "./read-output.ts";
import { valueForms } from "./value-forms.ts";

test.each<[raw: string, place: Place, ordinary: string]>([
  ["1' OR 1=1", "query", "1"],
  ["127.0.0.1%3B+id", "form", "127.0.0.1"],
  ["tea%25%27%29", "query", "tea"],
  ["../../etc/passwd", "query", "ordinary"],
  ["a..b'", "query", "ordinary"],
  ["plain", "query", "ordinary"],
  ["<!DOCTYPE o []>", "xml", ""],
  ['{"$gt":""}', "json", '"ordinary"'],
  ["/files/..%2f..%2fetc/passwd", "path_segment", "/"],
  ["/.git", "path_segment", "/1"],
  ["() { :; }; id", "header", "ordinary"],
])("%s in a %s is replaced by %s", (raw, place, ordinary) => {
  expect(ordinaryValue(raw, place, "x")).toBe(ordinary);
});

test.each([
  ["%60sleep+1%60", "%60sleep+2%60", 1, 2],
  ["'; SELECT pg_sleep(10)--", "'; SELECT pg_sleep(5)--", 10, 5],
  ["1;WAITFOR DELAY '0:0:5'--", "1;WAITFOR DELAY '0:0:3'--", 5, 3],
  ["x; sleep$IFS4", "x; sleep$IFS2", 4, 2],
])("the delay of %s is set to another length", (raw, text, fromSeconds, toSeconds) => {
  expect(scaleDelay(raw)).toEqual({ text, fromSeconds, toSeconds });
});

test("what names no delay is left", () => {
  expect(["asleep 5", "sleep", "sleep 0", "oversleep(3)"].map(scaleDelay)).toEqual([null, null, null, null]);
});

test("a value is looked for as it was sent and as it may be decoded", () => {
  expect(valueForms("..%252fetc", "../etc")).toEqual(["..%252fetc", "..%2fetc", "../etc"]);
  expect(valueForms("a+b%27", "a b'")).toEqual(["a+b%27", "a+b'", "a b'"]);
  expect(valueForms('x\\"y', 'x"y')).toEqual(['x\\"y', 'x"y']);
  expect(valueForms("x%ff%27", "")).toContain("x\ufffd'");
});

const request = (index: number, method: string, path: string, host = "shop.example"): ChosenRequest => ({
  ...{ index, method, path, host },
});

test("of a session is played what has payloads, and what that needs", () => {
  const session = [
    request(0, "GET", "/"),
    request(1, "GET", "/shop.css"),
    request(2, "GET", "/login"),
    request(3, "POST", "/login"),
    request(4, "GET", "/news"),
    request(5, "GET", "/product/1"),
    request(6, "POST", "/basket"),
    request(7, "GET", "/elsewhere", "other.example"),
    request(8, "GET", "/search"),
    request(9, "GET", "/after"),
    request(10, "POST", "/after"),
  ];
  const { chosen, leftOut } = chooseRequests(session, new Set([8]));
  expect(chosen.map(({ index }) => index)).toEqual([0, 2, 3, 5, 6, 8]);
  expect(leftOut).toBe(0);
});

test("a session of ten thousand requests is played in part: sign-ins, and what is nearest to the payload", () => {
  const session = Array.from({ length: 10_000 }, (_, i) => request(i, i % 2 === 0 ? "GET" : "POST", `/page/${i}`));
  session[1] = request(1, "POST", "/login");
  const { chosen, leftOut } = chooseRequests(session, new Set([9_999]));
  expect(chosen.length).toBeLessThanOrEqual(141);
  expect(chosen.map(({ index }) => index)).toEqual(expect.arrayContaining([0, 1, 9_997, 9_998, 9_999]));
  expect(leftOut).toBeGreaterThan(9_000);
});

const sinkOf = (sink: SinkKind, done = true): SinkEvent => ({
  ...{ sink, done, where: "", what: "", evidence: "", clean: "" },
});

test("sinks that agree say more than one, one kind twice does not", () => {
  expect(exploitScore([])).toBe(0);
  expect(exploitScore([sinkOf("sql_structure"), sinkOf("sql_structure")])).toBeCloseTo(0.9);
  expect(exploitScore([sinkOf("sql_structure"), sinkOf("error_trace")])).toBeCloseTo(0.93);
  expect(exploitScore([sinkOf("file_read", false), sinkOf("file_read")])).toBeCloseTo(0.95);
});

test("an error, also with markup that a policy holds, is no exploit; each sink that saw a deed is", () => {
  expect(exploitScore([sinkOf("error_trace"), sinkOf("active_markup", false)])).toBeLessThan(exploitThreshold);
  for (const sink of sinkKinds) {
    const weight = sinkWeights[sink];
    expect(weight.tried).toBeLessThan(weight.done);
    if (sink !== "error_trace") expect(exploitScore([sinkOf(sink)])).toBeGreaterThanOrEqual(exploitThreshold);
  }
  expect(judgeSimulation([0, 0.3, 0.6])).toEqual({ verdict: "exploit_possible", score: 0.6 });
  expect(judgeSimulation([0.3])).toEqual({ verdict: "exploit_improbable", score: 0.3 });
});

test("what comes out of a sandbox is read line by line, and only what is a message", () => {
  const heard: unknown[] = [];
  const reader = createOutputReader((message) => heard.push(message));
  const line = (value: unknown) => `${JSON.stringify(value)}\n`;
  const text = line({ type: "log", from: "clean", text: "é" });
  const bytes = Buffer.from(text);
  // Cut within a character.
  reader.read(bytes.subarray(0, bytes.length - 5));
  reader.read(bytes.subarray(bytes.length - 5));
  reader.read(Buffer.from(`not json\n${line({ type: "log", from: "engine", text: "forged" })}`));
  reader.read(Buffer.from(line({ type: "log", from: "clean", text: "x".repeat(5000) })));
  expect(heard).toEqual([{ type: "log", from: "clean", text: "é" }]);
  expect(reader.broken).toBe(3);
});

test("a line that never ends is not kept, and what follows it is read", () => {
  const heard: { type: string }[] = [];
  const reader = createOutputReader((message) => heard.push(message));
  for (let i = 0; i < 40; i += 1) reader.read(Buffer.alloc(64 * 1024, "x"));
  reader.read(Buffer.from(`x"}\n{"type":"end","payloads":1}\n`));
  expect(heard).toEqual([{ type: "end", payloads: 1 }]);
});

test("who writes a hundred lines that are none is not read any more", () => {
  const heard: unknown[] = [];
  const reader = createOutputReader((message) => heard.push(message));
  reader.read(Buffer.from(`${"{}\n".repeat(100)}{"type":"end","payloads":1}\n`));
  expect(heard).toEqual([]);
});

test("a log that floods is cut, and says so", () => {
  let lines: readonly { text: string }[] = [];
  const add = createLogBook((now) => {
    lines = now;
  });
  for (let i = 0; i < 5_000; i += 1) add({ from: "attack", text: `line ${i}` });
  expect(lines).toHaveLength(401);
  expect(lines.at(-1)!.text).toBe("The log is longer than is kept: the rest is left out.");
});

test("an analyst's simulation goes before automatic ones, and who stops waiting gives up the place", async () => {
  const place = createPlaces(1);
  const never = new AbortController().signal;
  const free = await place(0, never);
  const order: string[] = [];
  const take = (name: string, priority: number, signal = never) =>
    place(priority, signal).then((release) => {
      order.push(name);
      release();
    });
  const stop = new AbortController();
  const given = take("given up", 10, stop.signal);
  const waiting = [take("automatic", 0), take("automatic too", 0), take("asked", 10)];
  stop.abort(new Error("not wanted"));
  free();
  await Promise.all(waiting);
  await expect(given).rejects.toThrow("not wanted");
  expect(order).toEqual(["asked", "automatic", "automatic too"]);
});
