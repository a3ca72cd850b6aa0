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
    // Each drives a browser and a host of its own and waits for them most of the time: two go side by side on two cores.
    maxWorkers: 2,
    // The files of a worker share its process and its browser.
    isolate: false,
    // The hosts and their threads load the same files again and again: each is compiled once.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules", ".cache", "sentinel", "compiled") },
  },
});
