import { expect, test } from "vitest";
import { SentinelError } from "../../shared/errors.ts";
import { createLogger } from "../engine/base/logging.ts";
import { createMetrics } from "../engine/base/metrics.ts";
import { createRefusals } from "./refusals.ts";

const token = "guess-8f1c";
const unauthenticated = new SentinelError("UNAUTHENTICATED", "It is wrong.");

function open() {
  const lines: string[] = [];
  const metrics = createMetrics({ processMetrics: false });
  const time = { now: 0 };
  const log = createLogger("info", { write: (line) => void lines.push(line) });
  const refusals = createRefusals({ clock: { now: () => time.now }, log, metrics });
  const refuse = (shown: { token?: string; pin?: string }, error: Error) =>
    expect(refusals.watch("program", { token: null, pin: null, ...shown }, () => Promise.reject(error))).rejects.toBe(
      error,
    );
  const counted = async () =>
    (await metrics.authenticationFailures.get()).values.map(({ labels, value }) => [labels.reason, value]);
  return { lines, time, refusals, refuse, counted };
}

test("who is not let in is counted by what was wrong, and logged without what was tried", async () => {
  const { lines, refusals, refuse, counted } = open();
  await refuse({ token }, unauthenticated);
  await refuse({ pin: token }, unauthenticated);
  await refuse({ pin: token }, new SentinelError("RATE_LIMITED", "Too many wrong PINs."));
  await refuse({}, unauthenticated);
  // Neither of them is about who calls.
  await refuse({ token }, new Error("a defect"));
  expect(await refusals.watch("MCP", { token, pin: null }, () => "Ada")).toBe("Ada");
  expect(await counted()).toEqual([
    ["token_unknown", 1],
    ["pin_wrong", 1],
    ["pin_locked", 1],
    ["none", 1],
  ]);
  const logged = lines.map((line) => JSON.parse(line));
  expect(logged.map(({ way, reason }) => [way, reason])).toEqual(
    ["token_unknown", "pin_wrong", "pin_locked"].map((reason) => ["program", reason]),
  );
  expect(lines.join("")).not.toContain(token);
});

test("whoever guesses does not fill the log", async () => {
  const { lines, time, refuse, counted } = open();
  for (let i = 0; i < 100; i++) await refuse({ pin: `${i}` }, unauthenticated);
  expect(lines).toHaveLength(30);
  expect(lines.at(-1)).toContain("not logged");
  expect(await counted()).toEqual([["pin_wrong", 100]]);
  time.now = 60_000;
  await refuse({ pin: "again" }, unauthenticated);
  expect(lines).toHaveLength(31);
});
