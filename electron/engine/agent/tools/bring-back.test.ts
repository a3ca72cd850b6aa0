import { execFileSync } from "node:child_process";
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { byNumber } from "../policy/open-within.ts";
import type { PathRoots } from "../policy/path-policy.ts";
import { bringBack } from "./bring-back.ts";
import { hasBubblewrap, makeWorkspace, openSupervisor, secret } from "./fixture-workspace.ts";
import { createShell } from "./shell-tool.ts";
import { copyBudget, copyWorkspace } from "./workspace-copy.ts";

/** Small here, the full count by `npm run torture`. */
const torture = Number(process.env.TORTURE ?? 1);
const never = new AbortController().signal;
let base: string;
let roots: PathRoots;
let into: string;
beforeEach(() => {
  ({ base, roots } = makeWorkspace());
  into = join(base, "copy");
  mkdirSync(into);
});
afterEach(() => rmSync(base, { recursive: true }));

const inWorkspace = (path: string) => join(roots.workspace, path);
const namesIn = (folder: string) => readdirSync(folder, { recursive: true }).map(String).sort();
const copy = (wanted = [roots.workspace], limits?: { entries: number; bytes: number }) =>
  copyWorkspace({ roots, root: roots.workspace, wanted, into, budget: copyBudget(never, limits) });
const back = async (before: Awaited<ReturnType<typeof copy>>) =>
  await bringBack(into, before, roots, copyBudget(never));

describe.skipIf(byNumber === null)("a copy", () => {
  test("has what may be used, and nothing that is never touched or leads there", async () => {
    execFileSync("/usr/bin/mkfifo", [inWorkspace("pipe")]);
    await copy();
    expect(namesIn(into)).toEqual(
      [
        "-rf",
        "a.txt",
        "b.txt",
        "data.json",
        "deep",
        "deep/below",
        "links",
        "links/inside",
        "notes",
        "notes/plan.txt",
      ].sort(),
    );
  });

  test("has no more than what is named, and what its links lead to", async () => {
    symlinkSync("links/inside", inWorkspace("twice"));
    await copy([inWorkspace("twice"), inWorkspace("notes"), inWorkspace("not/there"), join(base, "outside")]);
    expect(namesIn(into)).toEqual(["a.txt", "links", "links/inside", "notes", "notes/plan.txt", "twice"]);
    expect(readFileSync(join(into, "twice"), "utf8")).toBe("one\ntwo\n");
  });

  test.each([
    { entries: 3, bytes: 1000 },
    { entries: 100, bytes: 10 },
  ])("has an end: %o", async (limits) => {
    await expect(copy(undefined, limits)).rejects.toMatchObject({ code: "INPUT_TOO_LARGE" });
  });
});

describe.skipIf(byNumber === null)("what is brought back", () => {
  test("is nothing where nothing was done", async () => {
    expect(await back(await copy())).toEqual([]);
  });

  test("is no name that is never touched, no link that leads outside, no pipe", async () => {
    const before = await copy();
    mkdirSync(join(into, ".ssh"));
    for (const name of [".env.new", "x.PEM", ".ssh/id", "id_rsa", "fine.txt"]) writeFileSync(join(into, name), "new");
    symlinkSync("/etc/passwd", join(into, "passwd"));
    symlinkSync("../outside/secret", join(into, "stolen"));
    symlinkSync("notes/plan.txt", join(into, "plan"));
    execFileSync("/usr/bin/mkfifo", [join(into, "pipe")]);
    const told = (await back(before)).map((note) => note.split(":")[0]).sort();
    expect(told).toEqual([".env.new", ".ssh", ".ssh/id", "id_rsa", "passwd", "pipe", "stolen", "x.PEM"].sort());
    expect(readFileSync(inWorkspace("fine.txt"), "utf8")).toBe("new");
    expect(readlinkSync(inWorkspace("plan"))).toBe("notes/plan.txt");
    for (const name of [".env.new", ".ssh", "id_rsa", "passwd", "pipe", "stolen", "x.PEM"])
      expect([name, existsSync(inWorkspace(name))]).toEqual([name, false]);
  });

  test("replaces, moves and removes only what is as it was copied", async () => {
    const before = await copy();
    for (const name of ["a.txt", "b.txt", "data.json"]) writeFileSync(inWorkspace(name), "changed meanwhile");
    writeFileSync(inWorkspace("new.txt"), "new meanwhile");
    writeFileSync(join(into, "a.txt"), "by the command");
    rmSync(join(into, "b.txt"));
    renameSync(join(into, "data.json"), join(into, "moved.json"));
    writeFileSync(join(into, "new.txt"), "by the command");
    const notes = await back(before);
    expect(notes).toHaveLength(4);
    expect(new Set(notes.map((note) => note.replace(/^\S+ /, "")))).toEqual(
      new Set(["not done: It was changed while the command ran."]),
    );
    for (const name of ["a.txt", "b.txt", "data.json"])
      expect(readFileSync(inWorkspace(name), "utf8")).toBe("changed meanwhile");
    expect(readFileSync(inWorkspace("new.txt"), "utf8")).toBe("new meanwhile");
  });

  test("is not written into a file that has another name outside", async () => {
    writeFileSync(join(base, "outside/other"), "theirs");
    linkSync(join(base, "outside/other"), inWorkspace("hard"));
    const before = await copy();
    writeFileSync(join(into, "hard"), "ours");
    expect(await back(before)).toEqual([expect.stringMatching(/^hard: not done: The file has other names/)]);
    expect(readFileSync(join(base, "outside/other"), "utf8")).toBe("theirs");
  });

  test("takes a whole folder along, and removes none", async () => {
    const { ino } = lstatSync(inWorkspace("notes/plan.txt"));
    const before = await copy();
    renameSync(join(into, "notes"), join(into, "deep/notes"));
    writeFileSync(join(into, "deep/notes/more.txt"), "more");
    rmSync(join(into, "links"), { recursive: true });
    expect(await back(before)).toEqual(["links: not done: A folder is not removed."]);
    expect(namesIn(inWorkspace("deep/notes"))).toEqual(["more.txt", "plan.txt"]);
    expect(lstatSync(inWorkspace("deep/notes/plan.txt")).ino).toBe(ino);
    expect(existsSync(inWorkspace("notes"))).toBe(false);
  });
});

/** Swaps folders and files of a workspace for links that lead outside, and for files that are never touched, as fast as it can. */
async function swapWhile(work: (swaps: () => number) => Promise<void>): Promise<void> {
  mkdirSync(inWorkspace("swapped"), { recursive: true });
  writeFileSync(inWorkspace("swapped/secret"), "ours");
  writeFileSync(inWorkspace("swapped.txt"), "ours");
  symlinkSync(join(base, "outside"), inWorkspace("evil-folder"));
  symlinkSync(join(base, "outside/secret"), inWorkspace("evil-file"));
  const count = new Int32Array(new SharedArrayBuffer(8));
  const swapper = new Worker(
    `const { renameSync } = require("node:fs");
     const { workerData: { ws, count } } = require("node:worker_threads");
     const swap = (a, b) => { try { renameSync(ws + a, ws + a + ".tmp"); renameSync(ws + b, ws + a); renameSync(ws + a + ".tmp", ws + b); } catch {} };
     while (Atomics.load(count, 1) === 0) {
       swap("/swapped", "/evil-folder");
       swap("/swapped.txt", "/evil-file");
       Atomics.add(count, 0, 2);
     }`,
    { eval: true, workerData: { ws: roots.workspace, count } },
  );
  const gone = new Promise((resolve) => swapper.once("exit", resolve));
  try {
    await work(() => Atomics.load(count, 0));
  } finally {
    Atomics.store(count, 1, 1);
    await gone;
  }
}

const outside = () =>
  namesIn(join(base, "outside")).map((name) => [name, readFileSync(join(base, "outside", name), "utf8")]);

test.skipIf(byNumber === null)(
  "links that are put there while a workspace is copied never lead outside",
  async () => {
    let [files, links, round] = [0, 0, 0];
    await swapWhile(async (swaps) => {
      for (; swaps() < 10_000 || round < Math.min(50_000, 1000 * torture); round += 1) {
        into = join(base, "copies", String(round));
        mkdirSync(into, { recursive: true });
        const copied = await copy([inWorkspace("swapped.txt"), inWorkspace("swapped/secret")]);
        for (const [path, { kind }] of copied) {
          const at = join(into, path);
          expect(lstatSync(at).isSymbolicLink()).toBe(false);
          if (kind !== "file") continue;
          files += 1;
          expect(readFileSync(at, "utf8")).toBe("ours");
        }
        if (copied.size < 3) links += 1;
        rmSync(into, { recursive: true });
      }
    });
    // Both happened: it was a race.
    expect(files).toBeGreaterThan(0);
    expect(links).toBeGreaterThan(0);
  },
  600_000,
);

test.skipIf(byNumber === null)(
  "links that are put there while changes are brought back never lead outside",
  async () => {
    const before = outside();
    mkdirSync(inWorkspace("swapped"));
    const copied = await copy([inWorkspace("swapped")]);
    let [done, refused, round] = [0, 0, 0];
    await swapWhile(async (swaps) => {
      for (; swaps() < 10_000 || round < Math.min(50_000, 3000 * torture); round += 1) {
        const name = join(into, "swapped", `new-${round}`);
        if (round % 2 === 0) writeFileSync(name, "ours");
        else mkdirSync(name);
        const notes = await back(copied);
        rmSync(name, { recursive: true });
        refused += notes.length;
        done += 1 - notes.length;
      }
    });
    expect(outside()).toEqual(before);
    expect(done).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(0);
  },
  600_000,
);

test.skipIf(!hasBubblewrap)(
  "links that are put there while commands run never lead outside",
  async () => {
    const { supervisor, close } = await openSupervisor();
    try {
      const run = createShell({ supervisor, roots });
      const before = outside();
      const commands = [
        "cat swapped/secret swapped.txt",
        "grep -rn NOBODY swapped",
        "cp a.txt swapped/secret",
        "cp swapped.txt notes/taken.txt",
        "touch swapped/new",
        "mv swapped/new swapped/moved",
        "rm swapped/moved",
        "mkdir -p swapped/deeper/still",
        "cp -r swapped notes/all",
        "find . -size -100c",
      ];
      await swapWhile(async (swaps) => {
        for (let round = 0; swaps() < 10_000 || round < Math.min(500, 20 * torture); round += 1) {
          const command = commands[round % commands.length]!;
          try {
            const { stdout, stderr } = await run(command, never);
            expect(stdout + stderr).not.toContain(secret);
          } catch (error) {
            expect((error as { code?: string }).code).toBe("COMMAND_DENIED");
          }
        }
      });
      expect(outside()).toEqual(before);
      const taken = namesIn(inWorkspace("notes")).filter((path) => lstatSync(inWorkspace(`notes/${path}`)).isFile());
      for (const path of taken) expect(readFileSync(inWorkspace(`notes/${path}`), "utf8")).not.toContain(secret);
    } finally {
      await close();
    }
  },
  600_000,
);
