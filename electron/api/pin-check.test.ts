import { argon2id } from "hash-wasm";
import { afterAll, describe, expect, test } from "vitest";
import { SentinelError } from "../../shared/errors.ts";
import { probeLag } from "../engine/base/fixture-lag.ts";
import { workerFile } from "../engine/base/fixture-threads.ts";
import { createPinCheck, type PinCheck } from "./pin-check.ts";
import { createPinHashing } from "./pin-hashing.ts";

const hashing = createPinHashing(workerFile("pin"));
afterAll(() => hashing.close());

async function open(expected = "2468") {
  const time = { now: 1_000_000 };
  return { time, pin: await createPinCheck(expected, { clock: { now: () => time.now }, hashing }) };
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

test("a right PIN is taken at once where it was right a moment ago, but not while it is locked out", async () => {
  const { pin, time } = await open();
  expect(await Promise.all(Array.from({ length: 20 }, () => code(pin, "2468")))).toEqual(Array(20).fill("ok"));
  for (let i = 0; i < 5; i++) await code(pin, "0000");
  expect(await code(pin, "2468")).toBe("RATE_LIMITED");
  time.now += 1_000;
  expect(await code(pin, "2468")).toBe("ok");
});

test("a PIN is hashed where nobody waits for it", async () => {
  // Started already.
  await open();
  const codes: string[] = [];
  const lag = await probeLag(async () => {
    const { pin } = await open();
    for (const guess of ["0001", "0002", "0003", "2468"]) codes.push(await code(pin, guess));
  });
  console.info(`Five PINs: at most ${lag.longestMs.toFixed(1)} ms of this thread in one go.`);
  expect(codes).toEqual([...Array(3).fill("UNAUTHENTICATED"), "ok"]);
  // One alone took about 50 here.
  expect(lag.longestMs).toBeLessThan(25);
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
