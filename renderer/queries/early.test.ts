import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { requestFor } from "../../shared/request.ts";
import { getSettings } from "../../shared/settings.ts";
import { listVerdicts, verdictCounts } from "../../shared/verdict.ts";
import { askEarly, firstQuestions, takeEarly } from "./early.ts";
import { pageRows } from "./paged-rows.ts";

const sent: { url: string; authorization: string | null }[] = [];
let answer: (url: string) => Promise<Response>;

beforeEach(() => {
  sent.length = 0;
  answer = async (url) => new Response(url);
  vi.stubGlobal("sessionStorage", { getItem: () => "a-token" });
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    sent.push({ url, authorization: new Headers(init.headers).get("authorization") });
    return answer(url);
  });
});
afterEach(() => vi.unstubAllGlobals());

test("the first questions are those that the verdict list asks", () => {
  expect([...firstQuestions]).toEqual([
    requestFor(listVerdicts, { limit: pageRows }).url,
    requestFor(verdictCounts, {}).url,
    requestFor(getSettings, {}).url,
  ]);
});

test("they are asked with the tab's token, where the page opens on the list, and answered once", async () => {
  askEarly("#/health");
  expect(sent).toEqual([]);
  askEarly("#/verdicts");
  expect(sent).toEqual(firstQuestions.map((url) => ({ url, authorization: "Bearer a-token" })));
  const [url] = firstQuestions;
  expect(await (await takeEarly(url))?.text()).toBe(url);
  expect(await takeEarly(url)).toBeUndefined();
});

test("what failed is no answer: it is asked again", async () => {
  answer = async () => new Response("", { status: 401 });
  askEarly("");
  expect(await takeEarly(firstQuestions[0])).toBeUndefined();
  answer = () => Promise.reject(new TypeError("gone"));
  askEarly("");
  expect(await takeEarly(firstQuestions[1])).toBeUndefined();
});
