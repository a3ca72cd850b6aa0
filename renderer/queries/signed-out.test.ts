import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { changeSettings, getSettings } from "../../shared/settings.ts";
import { call, open } from "./client.ts";
import { askEarly, firstQuestions } from "./early.ts";
import { noteSignedIn, signedOutMs } from "./signed-out.ts";

const sent: string[] = [];
let token: string;

beforeEach(() => {
  vi.useFakeTimers();
  noteSignedIn();
  sent.length = 0;
  token = "a-token";
  vi.stubGlobal("sessionStorage", { getItem: () => token });
  vi.stubGlobal("fetch", async (url: string) => {
    sent.push(url);
    return Response.json({ code: "UNAUTHENTICATED", message: "The bearer token is wrong." }, { status: 401 });
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const read = () => call(getSettings, {}).catch(({ status }: { status: number }) => status);

test("a tab that is not signed in reads nothing more for a while, and says why", async () => {
  expect([await read(), await read(), await read()]).toEqual([401, 401, 401]);
  expect(sent).toHaveLength(1);
  vi.advanceTimersByTime(signedOutMs + 1);
  expect([await read(), await read()]).toEqual([401, 401]);
  expect(sent).toHaveLength(2);
});

test("what it changes is asked for all the same, and so is what it reads with another token, or once it is let in", async () => {
  await read();
  await expect(open(changeSettings, { changes: {}, base_version: 0 })).rejects.toThrow("wrong");
  expect(sent).toHaveLength(2);
  token = "another";
  await read();
  expect(sent).toHaveLength(3);
  await read();
  expect(sent).toHaveLength(3);
  noteSignedIn();
  await read();
  expect(sent).toHaveLength(4);
});

test("the first questions tell it, too", async () => {
  askEarly("#/verdicts");
  await vi.advanceTimersByTimeAsync(1);
  expect(await read()).toBe(401);
  expect(sent).toEqual([...firstQuestions]);
});
