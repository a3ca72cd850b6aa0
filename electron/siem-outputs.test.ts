import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SiemOutput } from "../shared/siem.ts";
import {
  type StandIn,
  startCollector,
  startElastic,
  startSyslog,
  startTaxii,
  startWebhook,
} from "./adapters/fixture-siem.ts";
import { createSiemOpener } from "./adapters/siem.ts";
import type { Principal } from "./engine/base/principals.ts";
import {
  analysed,
  analyst,
  changeSettings,
  entryOf,
  harOf,
  holding,
  openTestEngine,
  type TestEngine,
  temporaryHome,
} from "./engine/test-engine.ts";

const approver: Principal = { ...analyst, role: "approver" };
const token = `token-${randomBytes(8).toString("hex")}`;
const patience = { timeout: 60_000 };
const openSiem = createSiemOpener({ debug: () => undefined });

let home: string;
let sentinel: TestEngine;
let standIn: StandIn | null = null;

beforeEach(async () => {
  home = temporaryHome();
  sentinel = await openTestEngine({ home, openSiem });
});
afterEach(async () => {
  await sentinel.close();
  await standIn?.close();
  standIn = null;
  rmSync(home, { recursive: true, force: true });
});

/** Injections at so many hosts: an alert for each. */
async function attack(from: number, to: number): Promise<void> {
  const entries = Array.from({ length: to - from }, (_, i) =>
    entryOf(`https://shop${from + i}.example/search?q=1%27%20UNION%20SELECT%20password%20FROM%20users--`, {
      at: i * 7200,
      cookie: `visit=v${from + i}`,
    }),
  );
  await analysed(sentinel, harOf(entries), `attack-${from}.har`);
}

function outputTo(address: string, more: Partial<SiemOutput> = {}): SiemOutput {
  return { name: "soc", format: "splunk_hec", address, secret: token, min_severity: "low", on: true, ...more };
}

const never = () => false;
const signing = `whsec_${randomBytes(32).toString("base64")}`;

/** What stands where alerts are told to, one for each format. All but syslog answer, and reject one request in ten. */
const receivers: {
  format: SiemOutput["format"];
  secret: string;
  path: string;
  start: (port?: number) => Promise<StandIn>;
  answers: boolean;
}[] = [
  { format: "splunk_hec", secret: token, path: "", start: (port) => startCollector(token, never, port), answers: true },
  {
    ...{ format: "ecs", secret: "key", path: "/sentinel-alerts", answers: true },
    start: (port) => startElastic("key", never, port),
  },
  { format: "cef", secret: "", path: "", start: startSyslog, answers: false },
  ...(["ocsf", "webhook"] as const).map((format) => ({
    ...{ format, secret: signing, path: "/hook", answers: true },
    start: (port = 0) => startWebhook(signing, { port }),
  })),
  {
    ...{ format: "stix", secret: token, path: "/api1/collections/c1/", answers: true },
    start: (port) => startTaxii(token, never, port),
  },
];

async function alertIds(): Promise<string[]> {
  const { items } = await sentinel.engine.alerts.list({ q: "", order: "newest", limit: 500 as never }, analyst);
  return items.map(({ id }) => id).sort();
}
const health = async () => (await sentinel.engine.health()).components["siem soc"];

describe("alerts are told to another system", () => {
  test.each(receivers)(
    "each once, also over a restart while it was away: $format",
    async (receiver) => {
      const { format, secret, path, start, answers } = receiver;
      standIn = await start();
      const { origin } = standIn;
      await changeSettings(sentinel, { siem_outputs: [outputTo(`${origin}${path}`, { format, secret })] });
      await attack(0, 3);
      const first = await alertIds();
      expect(first.length).toBeGreaterThanOrEqual(3);
      await expect.poll(() => [...standIn!.accepted].sort(), patience).toEqual(first);
      // Those were tried again.
      expect(standIn.rejected > 0).toBe(answers);

      const before = standIn;
      await standIn.close();
      standIn = null;
      await attack(3, 6);
      await expect
        .poll(health, patience)
        .toMatchObject({ status: "degraded", detail: expect.stringContaining("wait") });
      await sentinel.close();
      sentinel = await openTestEngine({ home, openSiem });
      standIn = await start(Number(new URL(origin).port));
      const all = await alertIds();
      expect(all.length).toBeGreaterThan(first.length);
      const told = () => [...before.accepted, ...standIn!.accepted].sort();
      // Of a syslog server that was lost right after it took a line nobody knows: it is told the same again.
      await expect.poll(() => (answers ? told() : [...new Set(told())]), patience).toEqual(all);
      // Once each nevertheless: it took nothing of these before it was lost.
      const isLater = (id: string) => !first.includes(id);
      expect(standIn.accepted.filter(isLater).sort()).toEqual(all.filter(isLater));
      await expect.poll(health, patience).toMatchObject({ status: "healthy" });
      expect([...before.faults, ...standIn.faults]).toEqual([]);
    },
    150_000,
  );

  test("what changes is told anew and what stays is not; a closed one is told as closed", async () => {
    standIn = await startElastic("key");
    await changeSettings(sentinel, {
      siem_outputs: [outputTo(`${standIn.origin}/sentinel-alerts`, { format: "ecs", secret: "key" })],
    });
    await attack(0, 3);
    await expect.poll(() => standIn!.accepted.length, patience).toBe(3);
    const [id] = await alertIds();
    await sentinel.engine.alerts.change(
      { alerts: [{ id: id!, base_version: 0 }], change: { status: "closed", reason: "duplicate" } },
      analyst,
    );
    await expect.poll(() => standIn!.accepted.filter((each) => each === id).length, patience).toBe(2);
    expect(standIn.accepted).toHaveLength(4);
  }, 90_000);

  test("one that it would never take is put aside, counted and told; the rest goes on", async () => {
    let bad = "";
    standIn = await startElastic("key", (id) => {
      bad ||= id;
      return id === bad;
    });
    await changeSettings(sentinel, {
      siem_outputs: [outputTo(`${standIn.origin}/sentinel-alerts`, { format: "ecs", secret: "key" })],
    });
    await attack(0, 4);
    await expect.poll(() => standIn!.accepted.length, patience).toBe(3);
    await expect.poll(health, patience).toMatchObject({
      status: "degraded",
      detail: expect.stringMatching(/1 alert was put aside: status 400 document_parsing_exception/),
    });
    expect([...standIn.accepted, bad].sort()).toEqual(await alertIds());
  }, 90_000);

  test("a clock an hour off is told on the health page", async () => {
    const secret = `whsec_${randomBytes(32).toString("base64")}`;
    standIn = await startWebhook(secret, { aheadSeconds: 3600 });
    await changeSettings(sentinel, { siem_outputs: [outputTo(`${standIn.origin}/hook`, { format: "ocsf", secret })] });
    await attack(0, 2);
    await expect.poll(() => [...standIn!.accepted].sort(), patience).toEqual(await alertIds());
    expect(standIn.faults).toEqual([]);
    await expect
      .poll(health, patience)
      .toMatchObject({ status: "degraded", detail: expect.stringContaining("60 minutes ahead") });
  }, 90_000);

  test("one that is milder than asked for, or comes before it is on, is not told", async () => {
    standIn = await startCollector(token);
    await attack(0, 1);
    await changeSettings(sentinel, { siem_outputs: [outputTo(standIn.origin, { min_severity: "critical" })] });
    await attack(1, 2);
    await changeSettings(sentinel, { siem_outputs: [] });
    await changeSettings(sentinel, { siem_outputs: [outputTo(`${standIn.origin}/`)] });
    await attack(2, 3);
    await expect.poll(() => standIn!.accepted.length, patience).toBe(1);
    const { items } = await sentinel.engine.alerts.list(
      { q: "host:shop2.example", order: "newest", limit: 10 as never },
      analyst,
    );
    expect(standIn.accepted).toEqual(items.map(({ id }) => id));
  }, 90_000);
});

describe("the setting", () => {
  test("keeps its secret from screens, logs and the disk, and from another address", async () => {
    const output = outputTo("https://siem.example:8088", { on: false });
    await changeSettings(sentinel, { siem_outputs: [output] });
    const { settings } = await sentinel.engine.settings.get();
    expect(settings.siem_outputs).toEqual([{ ...output, secret: "(kept)" }]);
    expect(sentinel.log()).not.toContain(token);
    expect(holding(home, [token])).toEqual([]);
    // SECURITY: a kept token does not go to a new address.
    const moved = { ...settings.siem_outputs[0]!, address: "https://elsewhere.example" };
    await expect(changeSettings(sentinel, { siem_outputs: [moved] })).rejects.toMatchObject({
      code: "SETTING_INVALID",
    });
    await changeSettings(sentinel, { siem_outputs: [{ ...settings.siem_outputs[0]!, min_severity: "high" }] });
    await expect(sentinel.engine.siem.test({ output: moved })).rejects.toMatchObject({ code: "SETTING_INVALID" });
  });

  test("is an admin's, and so is its undo, which brings it back whole", async () => {
    const { version } = await sentinel.engine.settings.get();
    const change = { changes: { siem_outputs: [outputTo("https://siem.example")] }, base_version: version };
    await expect(sentinel.engine.settings.change(change, approver)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await changeSettings(sentinel, { siem_outputs: [outputTo("https://siem.example", { on: false })] });
    await expect(sentinel.engine.audit.undoLast({}, approver)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await changeSettings(sentinel, { siem_outputs: [] });
    await sentinel.engine.audit.undoLast({}, analyst);
    expect((await sentinel.engine.settings.get()).settings.siem_outputs).toMatchObject([
      { name: "soc", secret: "(kept)" },
    ]);
  });

  test("two of one name are refused", async () => {
    const output = outputTo("https://siem.example", { on: false });
    await expect(changeSettings(sentinel, { siem_outputs: [output, output] })).rejects.toMatchObject({
      code: "SETTING_INVALID",
    });
  });
});

test("a real alert is shown as it would be told, with what is lost, and nothing leaves", async () => {
  await attack(0, 1);
  const [id] = await alertIds();
  const shown = await sentinel.engine.siem.preview({ format: "cef", alert_id: id! });
  expect(shown.document).toMatch(/^CEF:0\|Sentinel\|/);
  expect(shown.lost).toContain("version");
  expect(shown.mapping.find(({ field }) => field === "request_line")).toMatchObject({
    to: "requestMethod, request",
    cut: false,
  });
  expect((await sentinel.engine.siem.preview({ format: "webhook", alert_id: id! })).lost).toEqual([]);
  await expect(sentinel.engine.siem.preview({ format: "ecs", alert_id: "none" })).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
});

test("a connection is tried before it is turned on", async () => {
  standIn = await startCollector(token);
  const { engine } = sentinel;
  expect(await engine.siem.test({ output: outputTo(standIn.origin, { on: false }) })).toMatchObject({
    reached: true,
    clock_skew_seconds: expect.any(Number),
  });
  expect(await engine.siem.test({ output: outputTo(standIn.origin, { secret: "other" }) })).toMatchObject({
    reached: false,
    detail: expect.stringContaining("the token is invalid"),
  });
  expect(standIn.accepted).toEqual([]);
});
