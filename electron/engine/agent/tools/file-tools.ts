import { closeSync, readSync, writeSync } from "node:fs";
import { z } from "zod";
import { SentinelError } from "../../../../shared/errors.ts";
import { listWithin, openWithin, removeWithin } from "../policy/open-within.ts";
import type { PathRoots } from "../policy/path-policy.ts";
import { defineTool, type Tool } from "./tool-box.ts";

/** Largest file that is read, bytes. */
const mostBytes = 400_000;
const Path = z.string().min(1).max(4096);

/** Files of the workspace. The path policy decides; its words name rules, never what a path says. */
export function fileTools(roots: PathRoots): Tool[] {
  return [
    defineTool({
      name: "files.read",
      description: "Text of a file of the workspace, at most 400,000 bytes.",
      input: z.strictObject({ path: Path }),
      async call({ path }) {
        const file = openWithin(path, "read", roots);
        try {
          const bytes = Buffer.alloc(mostBytes + 1);
          let length = 0;
          for (let read = -1; read !== 0 && length < bytes.length; length += read) {
            read = readSync(file, bytes, length, bytes.length - length, null);
          }
          if (length > mostBytes)
            throw new SentinelError("INPUT_TOO_LARGE", `The file is larger than ${mostBytes} bytes.`);
          return { json: bytes.toString("utf8", 0, length) };
        } finally {
          closeSync(file);
        }
      },
    }),
    defineTool({
      name: "files.list",
      description: "Names in a folder of the workspace.",
      input: z.strictObject({ path: Path.default(".") }),
      call: async ({ path }) => ({ json: listWithin(path, roots) }),
    }),
    defineTool({
      name: "files.write",
      description: "Writes a text into a file of the workspace, in place of what was there.",
      input: z.strictObject({ path: Path, text: z.string().max(mostBytes) }),
      async call({ path, text }) {
        const file = openWithin(path, "write", roots);
        try {
          const bytes = Buffer.from(text);
          for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
          return { json: { written: bytes.length } };
        } finally {
          closeSync(file);
        }
      },
    }),
    defineTool({
      name: "files.delete",
      description: "Removes a file of the workspace. It cannot be undone.",
      input: z.strictObject({ path: Path }),
      async call({ path }) {
        removeWithin(path, roots);
        return { json: { removed: true } };
      },
    }),
  ];
}
