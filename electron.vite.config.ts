import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "electron-vite";
import type { Plugin } from "vite";

const root = import.meta.dirname;

/** The two hosts, the supervisor, and every worker thread; `electron/entries.ts` finds them by these names. */
function mainEntries(): Record<string, string> {
  const hosts = ["main", "headless", "supervisor"].map((name) => [name, join(root, "electron", `${name}.ts`)] as const);
  const workers = readdirSync(join(root, "electron", "workers"))
    .filter((file) => /^[a-z-]+\.ts$/.test(file) && file !== "modules.ts")
    .map((file) => [file.slice(0, -3), join(root, "electron", "workers", file)] as const);
  return Object.fromEntries([...hosts, ...workers].filter(([, path]) => existsSync(path)));
}

/** Code that the page's entry runs before there is anything else. */
const runsFirst = /vite[/\\]preload-helper|[/\\]renderer[/\\]queries[/\\](?:early|token)\.ts$/;

/** Asks for what a module imports. */
type Imports = (id: string) => { importedIds: readonly string[] } | null;

/** The application's modules without those of screens that a window does not open with: what its entry imports statically. */
function opensWith(importsOf: Imports, entry: string): Set<string> {
  const found = new Set([entry]);
  for (const id of found) for (const imported of importsOf(id)?.importedIds ?? []) found.add(imported);
  return found;
}

let opening: Set<string> | undefined;

/** Links the page to the application's code, which its small entry imports: both are fetched at once. */
const linkApplication: Plugin = {
  name: "link-application",
  transformIndexHtml: {
    order: "post",
    handler(html, { bundle = {} }) {
      const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
      const found = new Set<string>();
      const follow = (fileName: string) => {
        const chunk = chunks.find((one) => one.fileName === fileName);
        if (chunk === undefined || chunk.isEntry || found.has(fileName)) return;
        found.add(fileName);
        for (const imported of chunk.imports) follow(imported);
      };
      for (const chunk of chunks) if (chunk.facadeModuleId?.endsWith("/renderer/main.tsx")) follow(chunk.fileName);
      const missing = [...found].filter((fileName) => !html.includes(fileName));
      return missing.map((fileName) => ({
        tag: "link",
        attrs: { rel: "modulepreload", crossorigin: true, href: `./${fileName}` },
        injectTo: "head" as const,
      }));
    },
  },
};

/** V8 keeps the text of a module for as long as it runs, two bytes a character as soon as one of them is not Latin-1. */
const asciiOnly: Plugin = {
  name: "ascii-only",
  generateBundle: {
    order: "post",
    handler(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== "chunk") continue;
        // In strings, templates and regular expressions alike; surrogates of a pair stay one character there, too.
        file.code = file.code.replaceAll(
          /[^\0-\x7f]/g,
          (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
        );
      }
    },
  },
};

export default defineConfig({
  main: {
    plugins: [asciiOnly],
    build: {
      outDir: "out/main",
      target: "node22",
      // Pure JavaScript is bundled: one file to read at start instead of hundreds. What has native parts, or starts threads of
      // its own by file name, stays a package.
      externalizeDeps: { exclude: ["hono", "@hono/node-server", "zod", "ws", "prom-client", "re2js"] },
      rollupOptions: {
        input: mainEntries(),
        external: ["electron", "bufferutil", "utf-8-validate"],
        output: {
          format: "es",
          entryFileNames: "[name].js",
          chunkFileNames: "chunks/[name]-[hash].js",
          // Comments and white space are read at each start; names stay, since errors tell them.
          minify: { compress: false, mangle: false },
        },
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
    plugins: [react(), tailwindcss(), linkApplication],
    build: {
      outDir: "out/renderer",
      target: "chrome130",
      // SECURITY: no inline script and no data: script, which the page's policy forbids.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      minify: true,
      rolldownOptions: {
        input: join(root, "renderer", "index.html"),
        // One file of what a window opens with, instead of a request for each module that screens share.
        output: {
          codeSplitting: {
            groups: [
              { name: "first", test: runsFirst, priority: 1 },
              {
                name(id, context) {
                  opening ??= opensWith((one) => context.getModuleInfo(one), join(root, "renderer", "main.tsx"));
                  return opening.has(id) ? "application" : null;
                },
              },
            ],
          },
        },
      },
    },
  },
});
