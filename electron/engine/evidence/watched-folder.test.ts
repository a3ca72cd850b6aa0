import { chmod, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SentinelError } from "../../../shared/errors.ts";
import { createLogger } from "../base/logging.ts";
import { openInlineStore } from "../store/inline-store.ts";
import type { StoreHost } from "../store/store.ts";
import { readFileSource } from "./file-source.ts";
import { watchedFilesModule } from "./watched-files.ts";
import { type WatchedFolder, watchFolder } from "./watched-folder.ts";

let home: string;
let folder: string;
let store: StoreHost;
let watching: WatchedFolder | undefined;
let imported: string[];
let problems: string[];
const unreadable = new Set<string>();

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "sentinel-watch-"));
  folder = join(home, "in");
  await mkdir(folder);
  store = openInlineStore({ modules: [watchedFilesModule], clock: { now: () => 0 } });
  imported = [];
  problems = [];
});

afterEach(async () => {
  await watching?.close();
  await store.close();
  await rm(home, { recursive: true });
});

function start(): void {
  watching = watchFolder({
    folder,
    store,
    log: createLogger("silent"),
    stableMs: 60,
    againMs: 60,
    onProblem: ({ fileName, code }) => problems.push(`${fileName} ${code}`),
    importFile: async (path, fileName) => {
      let text = "";
      for await (const part of readFileSource(path)) text += Buffer.from(part).toString();
      if (unreadable.has(fileName))
        throw new SentinelError("EVIDENCE_UNREADABLE", "This account may not read the file.");
      if (text === "bad") throw new SentinelError("EVIDENCE_UNKNOWN_FORMAT", "No.");
      imported.push(`${fileName}:${text}`);
      return { evidenceId: fileName };
    },
  });
}

const until = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 30 });

test("imports what is there and what appears, once, and leaves the files alone", async () => {
  await writeFile(join(folder, "a.har"), "A");
  start();
  await until(() => expect(imported).toEqual(["a.har:A"]));
  await mkdir(join(folder, "sub"));
  await writeFile(join(home, "b.tmp"), "B");
  await rename(join(home, "b.tmp"), join(folder, "sub", "b.log"));
  await until(() => expect(imported).toEqual(["a.har:A", "b.log:B"]));
  await watching!.close();
  start();
  await writeFile(join(folder, "c.log"), "C");
  await until(() => expect(imported).toEqual(["a.har:A", "b.log:B", "c.log:C"]));
  expect(await readFile(join(folder, "a.har"), "utf8")).toBe("A");
  expect(problems).toEqual([]);
});

test("a changed file is imported again", async () => {
  await writeFile(join(folder, "a.log"), "1");
  start();
  await until(() => expect(imported).toEqual(["a.log:1"]));
  await writeFile(join(folder, "a.log"), "12");
  await until(() => expect(imported).toEqual(["a.log:1", "a.log:12"]));
});

test("links, hidden files and unfinished downloads are passed over", async () => {
  await writeFile(join(home, "secret"), "S");
  await mkdir(join(home, "elsewhere"));
  await writeFile(join(home, "elsewhere", "x.log"), "X");
  await symlink(join(home, "secret"), join(folder, "link.har"));
  await symlink(join(home, "elsewhere"), join(folder, "linked"));
  await writeFile(join(folder, ".hidden"), "H");
  await writeFile(join(folder, "d.har.crdownload"), "D");
  await writeFile(join(folder, "a.har"), "A");
  start();
  await until(() => expect(imported).toEqual(["a.har:A"]));
  await writeFile(join(folder, "z.har"), "Z");
  await until(() => expect(imported).toEqual(["a.har:A", "z.har:Z"]));
});

test("a refused file is told once, and not again after a restart", async () => {
  await writeFile(join(folder, "x.txt"), "bad");
  start();
  await until(() => expect(problems).toEqual(["x.txt EVIDENCE_UNKNOWN_FORMAT"]));
  await watching!.close();
  start();
  await writeFile(join(folder, "a.har"), "A");
  await until(() => expect(imported).toEqual(["a.har:A"]));
  expect(problems).toHaveLength(1);
});

test("what is refused is listed with its code, also after a restart, until it is gone or was imported", async () => {
  await writeFile(join(folder, "x.txt"), "bad");
  await writeFile(join(folder, "y.txt"), "bad");
  start();
  const codes = () => watching!.refused().files.map(({ fileName, code }) => `${fileName} ${code}`);
  const both = ["x.txt EVIDENCE_UNKNOWN_FORMAT", "y.txt EVIDENCE_UNKNOWN_FORMAT"];
  await until(() => expect(codes().sort()).toEqual(both));
  await watching!.close();
  start();
  await until(() => expect(codes().sort()).toEqual(both));
  await rm(join(folder, "x.txt"));
  await writeFile(join(folder, "y.txt"), "good");
  await until(() => expect(watching!.refused()).toEqual({ files: [], count: 0 }));
  expect(imported).toEqual(["y.txt:good"]);
});

test("a file that this account may not read is tried again when its permissions change", async () => {
  await writeFile(join(folder, "a.har"), "A");
  unreadable.add("a.har");
  start();
  await until(() => expect(problems).toEqual(["a.har EVIDENCE_UNREADABLE"]));
  await watching!.settled();
  unreadable.clear();
  await chmod(join(folder, "a.har"), 0o640);
  await until(() => expect(imported).toEqual(["a.har:A"]));
  expect(watching!.refused().count).toBe(0);
});

test("a file without permission is told", async (context) => {
  if (process.getuid?.() === 0) context.skip("root may read everything");
  await writeFile(join(folder, "a.har"), "A");
  await chmod(join(folder, "a.har"), 0);
  start();
  await until(() => expect(problems).toEqual(["a.har EVIDENCE_UNREADABLE"]));
});

test("a folder that is not there is told, and what appears in it later comes in", async () => {
  await rm(folder, { recursive: true });
  start();
  const missing = { fileName: folder, code: "UNAVAILABLE", message: "There is no such folder." };
  await until(() => expect(watching!.refused()).toEqual({ files: [missing], count: 1 }));
  await mkdir(folder);
  await writeFile(join(folder, "a.har"), "A");
  await until(() => expect(imported).toEqual(["a.har:A"]));
  await until(() => expect(watching!.refused().count).toBe(0));
  await rm(folder, { recursive: true });
  await until(() => expect(watching!.refused()).toEqual({ files: [missing], count: 1 }));
  await mkdir(folder);
  await writeFile(join(folder, "b.har"), "B");
  await until(() => expect(imported).toEqual(["a.har:A", "b.har:B"]));
});

test("why a file was refused is told as long as it is as it was; after a restart, what to do", async () => {
  await writeFile(join(folder, "x.txt"), "bad");
  start();
  await until(() => expect(watching!.refused().files).toMatchObject([{ message: "No." }]));
  // Written again with the same bytes: one more look, one more refusal.
  await writeFile(join(folder, "x.txt"), "bad");
  await until(() => expect(problems).toHaveLength(2));
  await watching!.settled();
  expect(watching!.refused().files).toMatchObject([{ message: "No." }]);
  await watching!.close();
  start();
  const again = /^It was refused before, and is as it was\. Give a HAR file/;
  await until(() => expect(watching!.refused().files).toMatchObject([{ message: expect.stringMatching(again) }]));
});
