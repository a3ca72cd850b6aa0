import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{electron,renderer,shared,resources}/**/*.test.{ts,tsx}"],
    environment: "node",
    // Colours are tested as the style sheet has them.
    css: true,
    testTimeout: 20_000,
    maxWorkers: 2,
    // Stores and engines start threads and processes that load TypeScript by themselves, hundreds of times: each file is compiled once.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules", ".cache", "sentinel", "compiled") },
  },
});
