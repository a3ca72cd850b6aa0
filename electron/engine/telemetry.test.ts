import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { analyst, openTestEngine, type TestEngine, temporaryHome } from "./test-engine.ts";

const home = temporaryHome();
let test1: TestEngine;
beforeAll(async () => {
  test1 = await openTestEngine({ home });
});
afterAll(async () => {
  await test1.close();
  rmSync(home, { recursive: true, force: true });
});

const sample = { latency: 40, input_length: 200, errors: 0, route: "/api/user/42", user_id: "ann@example.com" };
const set = (subject: { route: string } | { user_id: string }, action: "allow" | "throttle" | "freeze", reason = "") =>
  test1.engine.telemetry.setOverride({ subject, action, reason, expires_at: null }, analyst);

test("health tells the history and whether the detector has learned", async () => {
  const { engine } = test1;
  engine.telemetry.analyse(sample);
  const health = await engine.health();
  expect(health).toMatchObject({
    history_size: 1,
    detector_trained: false,
    components: { telemetry: { status: "healthy" }, telemetry_reference: { status: "off" } },
  });
  for (let i = 0; i < 60; i++) engine.telemetry.analyse({ ...sample, latency: 40 + (i % 7) });
  while (!(await engine.health()).detector_trained) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(engine.telemetry.state()).toMatchObject({ trained: true, model: { samples: 50, calibration: 25 } });
  expect(await engine.metrics()).toMatch(/sentinel_telemetry_samples_total\{answer="OK"\} 61/);
});

test("an override of a user is an event with an inverse, keeps no user id, and outlives a restart", async () => {
  const { override, event_id } = await set({ user_id: "ann@example.com" }, "freeze", "phished");
  expect(override).toMatchObject({ kind: "user", action: "freeze", reason: "phished", version: 1 });
  expect(override.subject).toMatch(/^u_[0-9a-f]{32}$/);
  const answer = test1.engine.telemetry.analyse(sample);
  expect(answer).toMatchObject({ action: "freeze", reason: "An analyst decided so." });
  await test1.close();
  test1 = await openTestEngine({ home });
  expect(test1.engine.telemetry.analyse(sample)).toMatchObject({ action: "freeze" });
  expect(await test1.engine.telemetry.overrides()).toEqual([override]);
  await test1.engine.audit.undo({ id: event_id }, analyst);
  expect(test1.engine.telemetry.analyse(sample)).toEqual({ status: "OK" });
  const log = JSON.stringify(await test1.engine.audit.log({ after: 0, limit: 100 }));
  // SECURITY: neither the user nor the free text is readable in the log.
  expect(log).not.toContain("ann@example");
  expect(log).not.toContain("phished");
});

test("an override of a route counts for all its paths; changed, cleared and undone in turn", async () => {
  const file = { ...sample, user_id: null, route: "/api/file/a.bin", latency: 90_000 };
  const status = () => test1.engine.telemetry.analyse(file).status;
  const first = await set({ route: "/api/file/other.bin?x=1" }, "allow");
  expect(first.override.subject).toBe("/api/file/{name}");
  expect(status()).toBe("OK");
  const second = await set({ route: "/api/file/{name}" }, "throttle");
  expect(status()).toBe("THREAT_DETECTED");
  await test1.engine.audit.undo({ id: second.event_id }, analyst);
  expect((await test1.engine.telemetry.overrides())[0]).toMatchObject({ action: "allow", version: 3 });
  const cleared = await test1.engine.telemetry.clearOverride({ id: first.override.id }, analyst);
  expect(await test1.engine.telemetry.overrides()).toEqual([]);
  await test1.engine.audit.undo({ id: cleared.event_id }, analyst);
  expect((await test1.engine.telemetry.overrides())[0]).toMatchObject({ action: "allow" });
  const stale = {
    subject: { route: "/api/file/{name}" },
    action: "freeze",
    reason: "",
    expires_at: null,
    base_version: 1,
  } as const;
  await expect(test1.engine.telemetry.setOverride(stale, analyst)).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(test1.engine.telemetry.clearOverride({ id: "none" }, analyst)).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
});

test("an override that has an end is over by itself", async () => {
  const odd = { ...sample, user_id: null, route: "/ends", latency: 90_000 };
  const decide = (expires_at: string) =>
    test1.engine.telemetry.setOverride(
      { subject: { route: "/ends" }, action: "allow", reason: "", expires_at },
      analyst,
    );
  await expect(decide("2020-01-01T00:00:00.000Z")).rejects.toMatchObject({ code: "INPUT_INVALID" });
  const soon = new Date(Date.now() + 3_000).toISOString();
  expect((await decide(soon)).override).toMatchObject({ expires_at: soon });
  expect(test1.engine.telemetry.analyse(odd).status).toBe("OK");
  await expect.poll(() => test1.engine.telemetry.analyse(odd).status, { timeout: 20_000 }).toBe("THREAT_DETECTED");
  expect((await test1.engine.telemetry.overrides()).filter(({ subject }) => subject === "/ends")).toEqual([]);
});

test("to learn anew is an event without an inverse", async () => {
  for (let i = 0; i < 20; i++) test1.engine.telemetry.analyse({ ...sample, user_id: null });
  const { event_id } = await test1.engine.telemetry.rebase({ reason: "new release" }, analyst);
  expect((await test1.engine.health()).history_size).toBe(0);
  const { entries } = await test1.engine.audit.log({ after: 0, limit: 100 });
  expect(entries.find(({ id }) => id === event_id)).toMatchObject({ kind: "telemetry.rebased", undoable: false });
  expect(JSON.stringify(entries)).not.toContain("new release");
});
