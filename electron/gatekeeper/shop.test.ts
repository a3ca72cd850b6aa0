import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createShop, type Shop } from "../../resources/shop/shop.ts";
import { type GateEngine, openGateEngine } from "./fixture-engine.ts";
import { openGatekeeper, type TestGatekeeper, visit } from "./fixture-gatekeeper.ts";

// The shadow shop behind a gatekeeper, as visitors and attackers meet it.

const directory = mkdtempSync(join(tmpdir(), "sentinel-gated-shop-"));
let shop: Shop;
let engine: GateEngine;
let gatekeeper: TestGatekeeper;

beforeAll(async () => {
  shop = await createShop({ variant: "vulnerable", directory, port: 0 });
  engine = await openGateEngine();
  gatekeeper = await openGatekeeper(shop.origin, { engine: engine.key });
  await engine.add(gatekeeper);
});
afterAll(async () => {
  await engine?.close();
  await gatekeeper?.close();
  await shop?.close();
  rmSync(directory, { recursive: true, force: true });
});

const attack = `/search?q=${encodeURIComponent("x' UNION SELECT name, password FROM customers -- ")}`;
const go = (path: string) => visit(gatekeeper.origin, path, { headers: { "x-shop-key": shop.key } });
const becomes = (status: number) =>
  expect.poll(async () => (await go(attack)).status, { timeout: 20_000 }).toBe(status);

test("an attack passes at the stage log and is written down, is marked at tag, stopped at block, and passes again after a rollback; ordinary visits always pass", async () => {
  const before = (await go(attack)).status;
  const ordinary = async () => {
    expect((await go("/")).status).toBe(200);
    expect((await go("/search?q=union%20jack%20tea")).status).toBe(200);
  };
  await ordinary();
  const deeds = async () => {
    await engine.gatekeeping.settle();
    const { steps } = await engine.gatekeeping.operations.hits({ rule: "shop", hours: 1 });
    return {
      logged: steps.reduce((sum, { logged }) => sum + logged, 0),
      tagged: steps.reduce((sum, { tagged }) => sum + tagged, 0),
      blocked: steps.reduce((sum, { blocked }) => sum + blocked, 0),
    };
  };

  await engine.stage("shop", "log");
  await engine.gatekeeping.settle();
  expect((await go(attack)).status).toBe(before);
  await ordinary();
  await expect.poll(async () => (await deeds()).logged, { timeout: 20_000 }).toBeGreaterThan(0);

  await engine.stage("shop", "tag");
  await expect
    .poll(
      async () => {
        await go(attack);
        return (await deeds()).tagged;
      },
      { timeout: 20_000 },
    )
    .toBeGreaterThan(0);
  expect((await go(attack)).status).toBe(before);
  await ordinary();

  await engine.stage("shop", "block");
  await becomes(403);
  await ordinary();
  await expect.poll(async () => (await deeds()).blocked, { timeout: 20_000 }).toBeGreaterThan(0);

  await engine.stage("shop", "log");
  await becomes(before);
  await ordinary();
  const [shown] = (await engine.gatekeeping.operations.list()).items;
  expect(shown!.counters!.passed_unchecked).toBe(0);
});
