import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{electron,renderer,shared,resources}/**/*.test.{ts,tsx}"],
    environment: "node",
    // Colours are tested as the style sheet has them.
    css: true,
    // No file changes what another one sees, so those of a worker share what they import.
    isolate: false,
    globalSetup: ["electron/dev/bundle-threads.ts"],
    setupFiles: ["electron/dev/draw-the-same.ts"],
    // Short-lived threads, each with much to load: room for it spares them collections of garbage.
    execArgv: ["--min-semi-space-size=16"],
    // Patient: engines start threads, and the machine may be busy with other things.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Many wait for real processes on a machine that may be busy: what passes at the second try is told by name at the end. A counterexample
    // that a random test found is none of those.
    retry: { count: 1, condition: /^(?!Property failed)/ },
    maxWorkers: 2,
    // Stores and engines start threads and processes that load TypeScript by themselves, hundreds of times: each file is compiled once.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules", ".cache", "sentinel", "compiled") },
  },
});
