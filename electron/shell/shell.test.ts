import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { allRoutes } from "../api/engine-routes.ts";
import { createLive } from "../api/live.ts";
import { pageHeaders } from "../api/page-headers.ts";
import { createRateLimiter, defaultRateLimits } from "../api/rate-limit.ts";
import { createRouter } from "../api/router.ts";
import { createScriptedEngine } from "../api/scripted-engine.ts";
import { createStaticFiles } from "../api/static-files.ts";
import { systemClock } from "../engine/base/clock.ts";
import { createLogger } from "../engine/base/logging.ts";
import { readBadge, trayToolTip } from "./badge.ts";
import { keychainSource } from "./key-source.ts";
import { menuTemplate, trayTemplate } from "./menu.ts";
import { panicProblem } from "./panic-problem.ts";
import { answerScheme, sentinelScheme } from "./scheme.ts";
import { isLoadable, isOwnUrl, isPermitted, windowOptions } from "./window-options.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sentinel-shell-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe("a window", () => {
  test.each([
    ["contextIsolation", true],
    ["nodeIntegration", false],
    ["nodeIntegrationInWorker", false],
    ["nodeIntegrationInSubFrames", false],
    ["sandbox", true],
    ["webSecurity", true],
    ["allowRunningInsecureContent", false],
    ["experimentalFeatures", false],
    ["webviewTag", false],
    ["navigateOnDragDrop", false],
    ["spellcheck", false],
  ])("has %s %s", (option, value) => {
    expect(windowOptions("/preload.cjs", false).webPreferences).toHaveProperty(option, value);
  });

  test.each([
    ["sentinel://app/", true],
    ["sentinel://app/verdicts#x", true],
    ["sentinel://app.evil/", false],
    ["sentinel://evil/", false],
    ["sentinel://app@evil/", false],
    ["sentinel://x:y@app/", false],
    ["http://app/", false],
    ["file:///etc/passwd", false],
    ["javascript:alert(1)", false],
    ["about:blank", false],
    ["", false],
  ])("may go to %s: %s", (url, want) => {
    expect(isOwnUrl(url)).toBe(want);
  });

  test("may use nothing of the machine but the clipboard, for writing, and notifications", () => {
    for (const permission of ["media", "geolocation", "clipboard-read", "openExternal", "hid", "usb"]) {
      expect(isPermitted(permission, "sentinel://app/")).toBe(false);
    }
    for (const permission of ["clipboard-sanitized-write", "notifications"]) {
      expect(isPermitted(permission, "sentinel://app/")).toBe(true);
      expect(isPermitted(permission, "http://evil.example/")).toBe(false);
    }
  });

  test.each([
    ["sentinel://app/assets/a.js", true],
    ["blob:sentinel://app/1", true],
    ["blob:http://evil.example/1", false],
    ["https://evil.example/x.png", false],
    ["http://127.0.0.1:8000/health", false],
    ["file:///etc/passwd", false],
    ["ws://127.0.0.1:1/", false],
  ])("loads %s: %s", (url, want) => {
    expect(isLoadable(url, null)).toBe(want);
  });
});

describe("sentinel://app", () => {
  function answerer() {
    writeFileSync(join(directory, "index.html"), "<html><head></head></html>");
    writeFileSync(join(directory, "app.js"), "export {}");
    const engine = createScriptedEngine();
    const live = createLive(engine.live, systemClock);
    const router = createRouter({
      bindings: allRoutes(engine, live),
      limiter: createRateLimiter(defaultRateLimits, systemClock),
      log: createLogger("silent"),
      checkOutput: true,
    });
    const files = createStaticFiles({ directory, headers: pageHeaders({ connect: [] }) });
    return { engine, answer: answerScheme({ router, files }) };
  }
  const get = (url: string, headers: Record<string, string> = {}) => new Request(url, { headers });

  test("is an origin with fetch and streams, that no web page may reach around", () => {
    expect(sentinelScheme.privileges).toEqual({ standard: true, secure: true, supportFetchAPI: true, stream: true });
  });

  test("serves the page under its policy, files, and the API without a token", async () => {
    const { answer } = answerer();
    const page = await answer(get("sentinel://app/"));
    expect(page.headers.get("content-security-policy")).toContain("require-trusted-types-for 'script'");
    expect((await answer(get("sentinel://app/app.js"))).headers.get("content-type")).toContain("javascript");
    expect((await answer(get("sentinel://app/api/v1/sentinel/verdicts"))).status).toBe(200);
    expect((await answer(get("sentinel://app/deep", { "sec-fetch-dest": "document" }))).status).toBe(200);
    expect((await answer(get("sentinel://app/none.js"))).status).toBe(404);
  });

  test("refuses other hosts and origins", async () => {
    const { answer } = answerer();
    expect((await answer(get("sentinel://other/health"))).status).toBe(403);
    expect((await answer(get("sentinel://app/health", { origin: "null" }))).status).toBe(403);
    expect((await answer(get("sentinel://app/health", { origin: "sentinel://app" }))).status).toBe(200);
  });

  test("a cancelled body ends a stream, as Electron aborts", async () => {
    const { engine, answer } = answerer();
    const response = await answer(get("sentinel://app/api/v1/sentinel/live"));
    const reader = response.body!.getReader();
    await reader.read();
    await reader.read();
    engine.publish({ type: "settings" });
    expect(new TextDecoder().decode((await reader.read()).value)).toContain("settings");
    await reader.cancel();
    expect(await reader.read()).toEqual({ done: true, value: undefined });
  });
});

describe("the keychain as source of the master key", () => {
  const keychain = {
    isEncryptionAvailable: () => true,
    getSelectedStorageBackend: () => "gnome_libsecret",
    encryptString: (text: string) => Buffer.from(`sealed:${text}`),
    decryptString: (sealed: Buffer) => {
      if (!sealed.toString().startsWith("sealed:")) throw new Error("not ours");
      return sealed.toString().slice(7);
    },
  };
  const path = () => join(directory, "secrets", "master.safe");

  test("makes a key once, sealed, and gives the same again", async () => {
    const source = keychainSource(keychain, path());
    const key = await source.load(true);
    expect(key).toHaveLength(32);
    expect(await source.load(false)).toEqual(key);
    expect(await source.load(true)).toEqual(key);
    if (process.platform !== "win32") expect(statSync(path()).mode & 0o077).toBe(0);
  });

  test.each([
    { why: "there is none", change: { isEncryptionAvailable: () => false } },
    { why: "it is the one whose password everybody knows", change: { getSelectedStorageBackend: () => "basic_text" } },
  ])("refuses when $why", async ({ change }) => {
    const loading = keychainSource({ ...keychain, ...change }, path()).load(true);
    await expect(loading).rejects.toMatchObject({ code: "KEY_UNAVAILABLE" });
  });

  test("says when its file is missing or another's", async () => {
    const source = keychainSource(keychain, path());
    await expect(source.load(false)).rejects.toMatchObject({ code: "KEY_UNAVAILABLE" });
    await source.load(true);
    writeFileSync(path(), Buffer.from("garbage").toString("base64"));
    await expect(source.load(false)).rejects.toMatchObject({ code: "KEY_UNAVAILABLE" });
  });
});

test.each([
  { why: "a count of the own page", url: "sentinel://app/#/alerts", count: 12, want: 12 },
  { why: "none", url: "sentinel://app/", count: 0, want: 0 },
  { why: "another page", url: "https://evil.example/", count: 12, want: null },
  { why: "a page that is gone", url: undefined, count: 12, want: null },
  { why: "a text", url: "sentinel://app/", count: "12", want: null },
  { why: "a fraction", url: "sentinel://app/", count: 1.5, want: null },
  { why: "less than none", url: "sentinel://app/", count: -1, want: null },
  { why: "no number", url: "sentinel://app/", count: Number.NaN, want: null },
  { why: "an object", url: "sentinel://app/", count: { count: 3 }, want: null },
])("the badge shows $want for $why", ({ url, count, want }) => expect(readBadge(url, count)).toBe(want));

test("the tray says how many alerts are new", () => {
  expect([0, 1, 12].map(trayToolTip)).toEqual(["Sentinel", "Sentinel: 1 new alert", "Sentinel: 12 new alerts"]);
});

test.each([
  { answer: { left: 0, noted: true }, says: null },
  { answer: { left: 2, noted: true }, says: /2 sandboxes were killed and not gone yet/ },
  { answer: { left: 0, noted: false }, says: /The log takes nothing in just now/ },
])("who pulled panic by the shell is told what is not as it should be: $answer", ({ answer, says }) => {
  const told = panicProblem({ destroyed: 3, took_ms: 10, held: 0, ...answer });
  if (says === null) expect(told).toBeNull();
  else expect(told).toMatch(says);
});

test("menu and tray hold what works, and each way to panic says which it is", () => {
  const pulled: string[] = [];
  const nothing = () => undefined;
  const actions = { importEvidence: nothing, show: nothing, quit: nothing, panic: (way: string) => pulled.push(way) };
  const items = [...menuTemplate(actions, "linux", true), ...trayTemplate(actions, true)].flatMap((item) => [
    item,
    ...(Array.isArray(item.submenu) ? item.submenu : []),
  ]);
  for (const item of items.filter(({ label }) => label?.startsWith("Panic")))
    (item.click as (() => void) | undefined)?.();
  expect(pulled).toEqual(["menu", "tray"]);
  const labelled = items.filter(({ label, submenu }) => label !== undefined && submenu === undefined);
  expect(labelled.every((item) => item.click !== undefined)).toBe(true);
});
