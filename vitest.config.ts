import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{electron,renderer,shared,resources}/**/*.test.{ts,tsx}"],
    environment: "node",
    // Colours are tested as the style sheet has them.
    css: true,
    testTimeout: 20_000,
    maxWorkers: 2,
  },
});
