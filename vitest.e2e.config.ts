import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["e2e/**/*.e2e.ts"],
    environment: "node",
    testTimeout: 60_000,
    hookTimeout: 240_000,
    // Many wait for real processes on a machine that may be busy: what passes at the second try is told by name at the end. A counterexample
    // that a random test found is none of those.
    retry: { count: 1, condition: /^(?!Property failed)/ },
    // The machine may be busy with something else.
    expect: { poll: { timeout: 20_000 } },
    // Each drives a browser and a host of its own: on two cores one after the other.
    fileParallelism: false,
    // All in one process, with one browser.
    isolate: false,
    // The hosts and their threads load the same files again and again: each is compiled once.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules", ".cache", "sentinel", "compiled") },
  },
});
