import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { routes } from "../../shared/routes.ts";
import { describeClientTypes } from "./client-types.ts";

test("the types of the client are up to date: npm run generate", async () => {
  const file = readFileSync(join(import.meta.dirname, "../../resources/client/sentinel-api-types.d.ts"), "utf8");
  expect(file).toBe(await describeClientTypes());
});

test("the client has all that programs may call, and nothing else", async () => {
  const types = await describeClientTypes();
  const named = [...types.matchAll(/^ *"((?:GET|POST|PUT|DELETE) \S+)": \{$/gm)].map(([, name]) => name);
  const wanted = routes
    .filter(({ callers }) => callers.includes("external"))
    .map(({ method, path }) => `${method} ${path.replaceAll(/:([a-z_]+)/g, "{$1}")}`);
  expect(named.sort()).toEqual(wanted.sort());
});
