import { execFileSync } from "node:child_process";
import {
  closeSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { listWithin, openWithin, removeWithin } from "./open-within.ts";
import { decidePath, type PathRoots } from "./path-policy.ts";

/** Small here, the full count by `npm run torture`. */
const torture = Number(process.env.TORTURE ?? 1);
let base: string;
let roots: PathRoots;

beforeAll(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "sentinel-paths-")));
});
afterAll(() => rmSync(base, { recursive: true }));

beforeEach(() => {
  rmSync(base, { recursive: true });
  roots = { workspace: join(base, "ws"), policies: join(base, "policies") };
  for (const folder of ["ws/notes/deep", "ws/.git", "ws/.ssh", "policies", "outside"]) {
    mkdirSync(join(base, folder), { recursive: true });
  }
  for (const file of [
    "ws/a.txt",
    "ws/notes/b.txt",
    "ws/.env",
    "ws/server.pem",
    "policies/agent.yaml",
    "outside/secret",
  ]) {
    writeFileSync(join(base, file), file);
  }
  symlinkSync("notes", join(base, "ws/inside"));
  symlinkSync("../outside", join(base, "ws/out"));
  symlinkSync("/etc/passwd", join(base, "ws/passwd"));
  symlinkSync("../outside/not-yet", join(base, "ws/dangling"));
  symlinkSync("loop", join(base, "ws/loop"));
  symlinkSync("notes/deep", join(base, "ws/down"));
  symlinkSync(".git", join(base, "ws/innocent"));
  linkSync(join(base, "outside/secret"), join(base, "ws/hard"));
});

const decide = (path: string, operation: Parameters<typeof decidePath>[1] = "read") =>
  decidePath(path, operation, roots);

describe("allowed", () => {
  test.each([
    ["a.txt", "read"],
    ["notes/b.txt", "read"],
    ["./notes//b.txt", "read"],
    ["notes/../a.txt", "read"],
    ["inside/b.txt", "read"],
    ["down/../b.txt", "read"],
    ["new/file.txt", "write"],
    ["Ünïcode – ok.txt", "write"],
    ["notes", "list"],
    ["a.txt", "delete"],
    ["hard", "read"],
    ["...leading.txt", "write"],
    ["50% done.txt", "write"],
  ] as const)("%s to %s", (path, operation) => {
    expect(decide(path, operation)).toMatchObject({ allowed: true });
  });

  test("an absolute path within, and the policies to read alone", () => {
    expect(decide(join(roots.workspace, "a.txt"))).toMatchObject({
      allowed: true,
      path: join(roots.workspace, "a.txt"),
    });
    expect(decide(join(roots.policies, "agent.yaml"))).toMatchObject({ allowed: true });
    expect(decide(join(roots.policies, "agent.yaml"), "write")).toMatchObject({ allowed: false, rule: "outside" });
  });
});

describe("refused by its text", () => {
  test.each([
    ["", "empty"],
    ["a\0b", "control-character"],
    ["a\nb", "control-character"],
    ["a\u0085b", "control-character"],
    ["a\u202etxt.exe", "unseen-character"],
    ["a\u200bb", "unseen-character"],
    ["a\u{e0041}b", "unseen-character"],
    ["\ud800", "encoding"],
    ["x".repeat(256), "too-long"],
    [`${"ab/".repeat(1400)}c`, "too-long"],
    ["//server/share", "unc"],
    ["\\\\server\\share", "unc"],
    ["\\\\?\\C:\\x", "unc"],
    ["file:///etc/passwd", "scheme"],
    ["http://x/y", "scheme"],
    ["C:/x", "scheme"],
    ["notes\\b.txt", "backslash"],
    ["..\\..\\x", "backslash"],
    ["~/x", "expansion"],
    ["~root", "expansion"],
    ["$HOME/x", "expansion"],
    ["%APPDATA%/x", "expansion"],
    ["a$(id)", "expansion"],
    ["a$\x7bx}", "expansion"],
    ["a`id`", "expansion"],
    ["*.txt", "expansion"],
    ["a?.txt", "expansion"],
    ["a[1].txt", "expansion"],
    ["{a,b}", "expansion"],
    ["%2e%2e/x", "escape"],
    ["a%00.txt", "escape"],
    ["%252e%252e", "escape"],
    ["..;x/y", "escape"],
    ["\uff0e\uff0e/x", "escape"],
    ["a\uff0fb", "escape"],
    ["\u2025/x", "escape"],
    ["&#46;&#46;/x", "escape"],
    ["&period;&period;", "escape"],
    ["%u002e%u002e", "escape"],
    [".../x", "dots"],
    ["..../x", "dots"],
    ["a./b", "trailing"],
    ["a /b", "trailing"],
    ["CON", "device"],
    ["notes/aux.txt", "device"],
    ["COM1", "device"],
    ["LPT9.log", "device"],
    ["PROGRA~1", "short-name"],
    ["SERVER~1.PEM", "short-name"],
    ["a.txt:stream", "scheme"],
    ["notes/a.txt::$DATA", "stream"],
  ])("%j: %s", (path, rule) => {
    expect(decide(path)).toMatchObject({ allowed: false, rule });
  });
});

describe("refused by where it leads", () => {
  test.each([
    ["../outside/secret", "outside"],
    ["notes/../../outside/secret", "outside"],
    ["/etc/passwd", "outside"],
    ["out/secret", "link-outside"],
    ["passwd", "link-outside"],
    ["dangling", "link-outside"],
    ["out/new.txt", "link-outside"],
    ["loop", "links"],
    [".env", "**/.env"],
    [".ENV", "**/.env"],
    [".env.local", "**/.env.*"],
    ["server.pem", "**/*.pem"],
    ["notes/x.KEY", "**/*.key"],
    ["id_rsa.pub", "**/id_rsa*"],
    [".git/config", "**/.git/**"],
    ["notes/.GIT/config", "**/.git/**"],
    ["innocent/config", "**/.git/**"],
    [".ssh/known", "**/.ssh/**"],
    [".sentinel/state", "**/.sentinel/**"],
  ])("%s: %s", (path, rule) => {
    expect(decide(path)).toMatchObject({ allowed: false, rule });
  });

  test("a link that leads through its parent is followed as the kernel does, not by its text", () => {
    symlinkSync("../outside/..", join(base, "ws/tricky"));
    // By its text `tricky/..` is the workspace; the kernel's answer lies above it.
    expect(decide("tricky/../a.txt")).toMatchObject({ allowed: false, rule: "link-outside" });
  });

  test("a pipe, and a file with another name to write to", () => {
    execFileSync("mkfifo", [join(base, "ws/pipe")]);
    expect(decide("pipe")).toMatchObject({ allowed: false, rule: "special-file" });
    expect(decide("hard", "write")).toMatchObject({ allowed: false, rule: "hard-link" });
  });

  test("the workspace itself is not deleted", () => {
    expect(decide(".", "delete")).toMatchObject({ allowed: false, rule: "outside" });
    expect(decide(".", "list")).toMatchObject({ allowed: true });
  });
});

test("whatever the path: what is allowed lies within", () => {
  const part = fc.constantFrom(
    "..",
    ".",
    "",
    "notes",
    "deep",
    "inside",
    "out",
    "down",
    "loop",
    "a.txt",
    "...",
    "new",
    "dangling",
    "~",
  );
  fc.assert(
    fc.property(
      fc.array(part, { minLength: 1, maxLength: 8 }),
      fc.constantFrom("read", "write", "list"),
      (parts, operation) => {
        const decision = decide(parts.join("/"), operation as "read");
        if (decision.allowed)
          expect(decision.path === roots.workspace || decision.path.startsWith(`${roots.workspace}/`)).toBe(true);
      },
    ),
    { numRuns: 500 },
  );
});

describe("files are used", () => {
  test("read, written, listed and removed within", () => {
    const fd = openWithin("notes/b.txt", "write", roots);
    writeSync(fd, "new");
    closeSync(fd);
    expect(readFileSync(join(base, "ws/notes/b.txt"), "utf8")).toBe("new");
    expect(listWithin("notes", roots)).toEqual(["b.txt", "deep"]);
    removeWithin("notes/b.txt", roots);
    expect(listWithin("notes", roots)).toEqual(["deep"]);
    expect(() => openWithin("notes/b.txt", "read", roots)).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
  });

  test("a refusal leaves everything as it was", () => {
    expect(() => openWithin("hard", "write", roots)).toThrow(expect.objectContaining({ code: "PATH_DENIED" }));
    expect(readFileSync(join(base, "outside/secret"), "utf8")).toBe("outside/secret");
  });

  test("links that are put there meanwhile never lead outside", async () => {
    // Another thread swaps a folder and a file for links that lead outside, as fast as it can.
    const swapper = new Worker(
      `const { renameSync, symlinkSync, mkdirSync, writeFileSync, rmSync } = require("node:fs");
       const { workerData: { ws, outside }, parentPort } = require("node:worker_threads");
       let on = true;
       parentPort.on("message", () => { on = false; });
       symlinkSync(outside, ws + "/evil-folder");
       symlinkSync(outside + "/secret", ws + "/evil-file");
       const swap = (a, b) => { try { renameSync(a, a + ".tmp"); renameSync(b, a); renameSync(a + ".tmp", b); } catch {} };
       const step = () => {
         for (let i = 0; i < 200; i++) { swap(ws + "/swapped", ws + "/evil-folder"); swap(ws + "/swapped.txt", ws + "/evil-file"); }
         if (on) setImmediate(step); else parentPort.close();
       };
       step();`,
      { eval: true, workerData: { ws: roots.workspace, outside: join(base, "outside") } },
    );
    mkdirSync(join(base, "ws/swapped"));
    writeFileSync(join(base, "ws/swapped/secret"), "ours");
    writeFileSync(join(base, "ws/swapped.txt"), "ours");
    let [allowed, refused] = [0, 0];
    for (let i = 0; i < Math.min(10_000, 1000 * torture); i++) {
      const path = i % 2 === 0 ? "swapped/secret" : "swapped.txt";
      try {
        const fd = openWithin(path, i % 3 === 0 ? "write" : "read", roots);
        if (i % 3 === 0) writeSync(fd, "ours");
        else expect(readFileSync(fd, "utf8")).not.toBe("outside/secret");
        closeSync(fd);
        allowed++;
      } catch (error) {
        expect((error as { code?: string }).code).toMatch(/^(PATH_DENIED|NOT_FOUND)$/);
        refused++;
      }
    }
    swapper.postMessage("end");
    await new Promise((resolve) => swapper.once("exit", resolve));
    expect(readFileSync(join(base, "outside/secret"), "utf8")).toBe("outside/secret");
    // Both happened: it was a race.
    expect(allowed).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(0);
  }, 120_000);
});
