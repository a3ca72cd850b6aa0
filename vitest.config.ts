import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{electron,renderer,shared,resources}/**/*.test.{ts,tsx}"],
    environment: "node",
    testTimeout: 20_000,
    maxWorkers: 2,
  },
});
