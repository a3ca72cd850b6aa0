import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "electron-vite";

const root = import.meta.dirname;

/** The two hosts, the supervisor, and every worker thread; `electron/entries.ts` finds them by these names. */
function mainEntries(): Record<string, string> {
  const hosts = ["main", "headless", "supervisor"].map((name) => [name, join(root, "electron", `${name}.ts`)] as const);
  const workers = readdirSync(join(root, "electron", "workers"))
    .filter((file) => /^[a-z-]+\.ts$/.test(file) && file !== "modules.ts")
    .map((file) => [file.slice(0, -3), join(root, "electron", "workers", file)] as const);
  return Object.fromEntries([...hosts, ...workers].filter(([, path]) => existsSync(path)));
}

export default defineConfig({
  main: {
    build: {
      outDir: "out/main",
      target: "node22",
      // Pure JavaScript is bundled: one file to read at start instead of hundreds. What has native parts, or starts threads of
      // its own by file name, stays a package.
      externalizeDeps: { exclude: ["hono", "@hono/node-server", "zod", "ws", "prom-client", "re2js"] },
      rollupOptions: {
        input: mainEntries(),
        external: ["electron", "bufferutil", "utf-8-validate"],
        output: { format: "es", entryFileNames: "[name].js", chunkFileNames: "chunks/[name]-[hash].js" },
      },
    },
  },
  preload: {
    build: {
      outDir: "out/preload",
      // A sandboxed preload is CommonJS and one file.
      externalizeDeps: false,
      rollupOptions: {
        input: { preload: join(root, "electron", "preload.ts") },
        output: { format: "cjs", entryFileNames: "[name].cjs" },
      },
    },
  },
  renderer: {
    root: "renderer",
    plugins: [react(), tailwindcss()],
    build: {
      outDir: "out/renderer",
      target: "chrome130",
      // SECURITY: no inline script and no data: script, which the page's policy forbids.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      minify: true,
      rollupOptions: { input: join(root, "renderer", "index.html") },
    },
  },
});
