import { once } from "node:events";
import { argon2id } from "hash-wasm";
import { afterAll, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { SentinelError } from "../../shared/errors.ts";
import { steadyClock, systemClock } from "../engine/base/clock.ts";
import { workerFile } from "../engine/base/fixture-threads.ts";
import { createLogger } from "../engine/base/logging.ts";
import { createMetrics } from "../engine/base/metrics.ts";
import { allRoutes } from "./engine-routes.ts";
import { listenExternal } from "./listeners.ts";
import { createLive } from "./live.ts";
import { createPinCheck, type PinCheck } from "./pin-check.ts";
import { createPinHashing } from "./pin-hashing.ts";
import { createRefusals } from "./refusals.ts";
import { createRouter } from "./router.ts";
import { createScriptedEngine } from "./scripted-engine.ts";

const hashing = createPinHashing(workerFile("pin"));
afterAll(() => hashing.close());

async function open(expected = "2468") {
  const time = { now: 1_000_000 };
  return { time, pin: await createPinCheck(expected, { clock: { elapsed: () => time.now }, hashing }) };
}

async function code(pin: PinCheck, text: string): Promise<string> {
  return await pin.check(text).then(
    () => "ok",
    (error: unknown) => (error instanceof SentinelError ? error.code : String(error)),
  );
}

test("wrong PINs lock everybody out for a time that doubles, and a right one does not wipe them out", async () => {
  const { pin, time } = await open();
  for (let i = 0; i < 5; i++) expect(await code(pin, `000${i}`)).toBe("UNAUTHENTICATED");
  expect(await code(pin, "2468")).toBe("RATE_LIMITED");
  time.now += 1_000;
  expect(await code(pin, "0000")).toBe("UNAUTHENTICATED");
  time.now += 1_999;
  await expect(pin.check("2468")).rejects.toMatchObject({ details: { retry_after_s: 1 } });
  time.now += 1;
  expect(await code(pin, "2468")).toBe("ok");
  expect(await code(pin, "0000")).toBe("UNAUTHENTICATED");
  expect(await code(pin, "2468")).toBe("RATE_LIMITED");
  time.now += 2 * 3_600_000;
  for (let i = 0; i < 4; i++) expect(await code(pin, "0000")).toBe("UNAUTHENTICATED");
  expect(await code(pin, "2468")).toBe("ok");
});

test("of 10,000 guesses that are made one after the other, or at once, a handful is looked at", async () => {
  const { pin, time } = await open("7777");
  let looked = 0;
  for (let guess = 0; guess < 10_000; guess++) {
    // A hundred a second, for more than a minute and a half.
    time.now += 10;
    if ((await code(pin, String(guess).padStart(4, "0"))) !== "RATE_LIMITED") looked++;
  }
  expect(looked).toBeLessThan(15);
  const together = await open("7777");
  const codes = await Promise.all(
    Array.from({ length: 10_000 }, (_, guess) => code(together.pin, String(guess).padStart(4, "0"))),
  );
  expect(codes.filter((one) => one !== "RATE_LIMITED")).toHaveLength(5);
  expect(codes).not.toContain("ok");
});

test("a clock that jumps ten years, either way, neither locks anybody out for longer nor keeps a right PIN known", async () => {
  const years = 10 * 365 * 86_400_000;
  const time = { elapsed: 0 };
  const pin = await createPinCheck("2468", { clock: { elapsed: () => steadyClock.elapsed() + time.elapsed }, hashing });
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + years });
  try {
    expect(await code(pin, "2468")).toBe("ok");
    for (let i = 0; i < 5; i++) expect(await code(pin, "0000")).toBe("UNAUTHENTICATED");
    vi.setSystemTime(Date.now() + years);
    expect(await code(pin, "2468")).toBe("RATE_LIMITED");
    vi.setSystemTime(Date.now() - 3 * years);
    await expect(pin.check("2468")).rejects.toMatchObject({ details: { retry_after_s: 1 } });
    time.elapsed += 1_000;
    expect(await code(pin, "2468")).toBe("ok");
    // Known until five minutes are over, and then not any more: it is hashed again, and counts as a guess until it is.
    time.elapsed += 5 * 60_000;
    const again = code(pin, "2468");
    const others = Array.from({ length: 4 }, () => code(pin, "0000"));
    expect((await Promise.all([again, ...others])).filter((one) => one === "ok")).toHaveLength(1);
  } finally {
    vi.useRealTimers();
  }
});

test("guesses over REST and WebSocket together are stopped after a handful", async () => {
  const guesses = process.env.TORTURE === undefined ? 400 : 10_000;
  const log = createLogger("silent");
  const engine = createScriptedEngine();
  const router = createRouter({
    bindings: allRoutes(engine, createLive(engine.live, systemClock)),
    limiter: { take: () => {} },
    log,
    checkOutput: false,
  });
  const { pin } = await open("7777");
  const listener = await listenExternal({
    ...{ port: 0, router, documents: () => undefined, allowedOrigins: [], token: null, credentialRequired: true, log },
    refusals: createRefusals({ clock: systemClock, log, metrics: createMetrics({ processMetrics: false }) }),
    pin,
  });
  const url = `http://127.0.0.1:${listener.port}`;
  const byRest = async (guess: string) => {
    const reply = await fetch(`${url}/session/none`, { headers: { "X-Sentinel-Pin": guess } });
    return ((await reply.json()) as { code: string }).code;
  };
  const bySocket = async (guess: string) => {
    const socket = new WebSocket(`${url.replace("http", "ws")}/ws`);
    socket.on("error", () => {});
    await once(socket, "open");
    socket.send(JSON.stringify({ type: "auth", pin: guess }));
    const [closed] = (await once(socket, "close")) as [number];
    return closed === 4429 ? "RATE_LIMITED" : closed === 4401 ? "UNAUTHENTICATED" : String(closed);
  };
  const codes: string[] = [];
  let next = 0;
  try {
    const guesser = async () => {
      for (let guess = next++; guess < guesses; guess = next++) {
        // Not the right one: what is looked at is counted.
        const text = String(guess === 7777 ? 0 : guess).padStart(4, "0");
        codes.push(await (guess % 2 === 0 ? byRest(text) : bySocket(text)));
      }
    };
    await Promise.all(Array.from({ length: 8 }, guesser));
    expect(await byRest("7777")).toBe("RATE_LIMITED");
  } finally {
    await listener.close();
  }
  expect(codes).toHaveLength(guesses);
  expect(codes.filter((one) => one !== "RATE_LIMITED")).toEqual(Array(5).fill("UNAUTHENTICATED"));
});

test("a right PIN is taken at once where it was right a moment ago, but not while it is locked out", async () => {
  const { pin, time } = await open();
  expect(await Promise.all(Array.from({ length: 20 }, () => code(pin, "2468")))).toEqual(Array(20).fill("ok"));
  for (let i = 0; i < 5; i++) await code(pin, "0000");
  expect(await code(pin, "2468")).toBe("RATE_LIMITED");
  time.now += 1_000;
  expect(await code(pin, "2468")).toBe("ok");
});

/** How often this thread comes to do other things while a promise is awaited. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let isOver = false;
  const turn = () => {
    turns++;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  isOver = true;
  return turns;
}

test("a PIN is hashed where nobody waits for it", async () => {
  const { pin } = await open();
  const guess = async () => expect(await code(pin, "0001")).toBe("UNAUTHENTICATED");
  await guess();
  expect(await turnsDuring(guess)).toBeGreaterThan(100);
  // What it would be if it were hashed on this thread.
  const here = { salt: new Uint8Array(16), iterations: 2, parallelism: 1, memorySize: 19_456, hashLength: 32 };
  const hashHere = () => argon2id({ ...here, password: "0001", outputType: "encoded" });
  // The first one waits until its program is compiled, which is done elsewhere.
  await hashHere();
  expect(await turnsDuring(hashHere)).toBeLessThan(100);
});

describe("the file may hold a hash", () => {
  const made = { salt: new Uint8Array(16).fill(7), iterations: 1, parallelism: 2, memorySize: 64, hashLength: 24 };

  test("argon2id, with its own parameters", async () => {
    const encoded = await argon2id({ ...made, password: "a long PIN", outputType: "encoded" });
    const { pin } = await open(encoded);
    expect(await code(pin, "a long PIN")).toBe("ok");
    expect(await code(pin, encoded)).toBe("UNAUTHENTICATED");
    expect(await code(pin, "")).toBe("UNAUTHENTICATED");
  });

  test.each([
    "$argon2i$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$IalYq8ZQu9B3qqAhBWAzpuFHJloyyRX4nqLRqZYK/4g",
    "$argon2id$v=16$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$IalYq8ZQu9B3qqAhBWAzpuFHJloyyRX4nqLRqZYK/4g",
    "$argon2id$v=19$m=9999999,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$IalYq8ZQu9B3qqAhBWAzpuFHJloyyRX4nqLRqZYK/4g",
    "$argon2id$v=19$m=64,t=0,p=1$AAAAAAAAAAAAAAAAAAAAAA$IalYq8ZQu9B3qqAhBWAzpuFHJloyyRX4nqLRqZYK/4g",
    "$argon2id$v=19$m=64,t=1,p=1$short",
  ])("%s is refused", async (encoded) => {
    await expect(open(encoded)).rejects.toMatchObject({ code: "SETTING_INVALID" });
  });
});
