import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decideCommand } from "./command-policy.ts";
import { elsewhere, goingThrough, neverPrograms, refused } from "./fixture-commands.ts";
import type { PathRoots } from "./path-policy.ts";
import { programs } from "./program-table.ts";

let base: string;
let roots: PathRoots;

beforeAll(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "sentinel-commands-")));
  roots = { workspace: join(base, "ws"), policies: join(base, "policies") };
  for (const folder of ["ws/notes", "ws/.git", "policies", "outside"])
    mkdirSync(join(base, folder), { recursive: true });
  writeFileSync(join(base, "ws/a.txt"), "a");
  writeFileSync(join(base, "ws/.env"), "secret");
  symlinkSync("../outside", join(base, "ws/out"));
  mkdirSync(join(base, "ws/deep/below"), { recursive: true });
  writeFileSync(join(base, "ws/deep/below/.ENV"), "secret");
  mkdirSync(join(base, "ws/links"));
  // What it leads to is read by what follows it, and by nothing else.
  symlinkSync("../.env", join(base, "ws/links/plain.txt"));
});
afterAll(() => rmSync(base, { recursive: true }));

const never = new AbortController().signal;
const decide = (command: string) => decideCommand(command, roots, never);

describe("allowed", () => {
  test.each([
    ["ls -la notes", ["ls", "-la", "notes"]],
    ["ls", ["ls"]],
    ["cat -n a.txt", ["cat", "-n", "a.txt"]],
    ["cat 'a.txt'", ["cat", "a.txt"]],
    ['cat "notes/my file.txt"', ["cat", "notes/my file.txt"]],
    ["cat notes/my\\ file.txt", ["cat", "notes/my file.txt"]],
    ["head -n 5 a.txt", ["head", "-n", "5", "a.txt"]],
    ["head -5 a.txt", ["head", "-5", "a.txt"]],
    ["grep -rn 'a|b' notes", ["grep", "-rn", "a|b", "notes"]],
    ["grep -e '$x' -e y a.txt", ["grep", "-e", "$x", "-e", "y", "a.txt"]],
    ["grep --include=*.txt x notes".replace("*", "'*'"), ["grep", "--include=*.txt", "x", "notes"]],
    ["sort -k2,2n -t ',' a.txt", ["sort", "-k2,2n", "-t", ",", "a.txt"]],
    ["jq -r '.items[] | .name' a.txt", ["jq", "-r", ".items[] | .name", "a.txt"]],
    [`jq '.a | select(.b == "env")' a.txt`, ["jq", '.a | select(.b == "env")', "a.txt"]],
    ["find . -name '*.txt' -not -empty", ["find", ".", "-name", "*.txt", "-not", "-empty"]],
    ["git log --oneline -5", ["git", "log", "--oneline", "-5"]],
    ["git log -n 5", ["git", "log", "-n", "5"]],
    ["git --no-pager diff HEAD~1 -- a.txt", ["git", "--no-pager", "diff", "HEAD~1", "--", "a.txt"]],
    ["git branch --list", ["git", "branch", "--list"]],
    ["tar -tzf notes/x.tgz", ["tar", "-tzf", "notes/x.tgz"]],
    ["date -u +%F", ["date", "-u", "+%F"]],
    ["echo hello world", ["echo", "hello", "world"]],
    ["printf '%05d\\n' 7", ["printf", "%05d\\n", "7"]],
    ["mkdir -p notes/new", ["mkdir", "-p", "notes/new"]],
    ["cp a.txt notes/b.txt", ["cp", "a.txt", "notes/b.txt"]],
    ["rm notes/b.txt", ["rm", "notes/b.txt"]],
    ["base64 -w0 a.txt", ["base64", "-w0", "a.txt"]],
    ["cat -- a.txt", ["cat", "--", "a.txt"]],
    ["du -sh --max-depth=1 notes", ["du", "-sh", "--max-depth=1", "notes"]],
  ])("%s", async (command, argv) => {
    expect(await decide(command)).toMatchObject({ allowed: true, argv });
  });
});

describe("refused", () => {
  test.each(refused)("%j: %s", async (command, rule) => {
    expect(await decide(command)).toMatchObject({ allowed: false, rule });
  });

  test.each(elsewhere)("a path elsewhere: %s", async (command) => {
    expect(await decide(command)).toMatchObject({ allowed: false, rule: expect.stringContaining(": ") });
  });
});

test.each(neverPrograms)("%s is no program of the list", async (program) => {
  expect(await decide(program)).toMatchObject({ allowed: false, rule: "program" });
});

describe("a whole folder", () => {
  test.each(goingThrough)("with something that is never touched is not gone through: %s", async (command) => {
    expect(await decide(command)).toMatchObject({ allowed: false, rule: expect.stringContaining(": ") });
  });

  test.each(["grep -rn x notes", "grep -r x links", "cp -r notes notes2", "diff -r notes notes", "mv notes notes2"])(
    "without is: %s",
    async (command) => {
      expect(await decide(command)).toMatchObject({ allowed: true });
    },
  );
});

test("whatever is allowed begins with a listed program and means the same words", async () => {
  const part = fc.constantFrom(
    "ls",
    "cat",
    "-l",
    "a.txt",
    "'",
    '"',
    "\\",
    " ",
    "$",
    "|",
    "notes",
    "--",
    "-n",
    "find",
    ".",
    "-exec",
    ";",
    "git",
    "log",
    "/etc/passwd",
    "..",
    "=",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 12 }), async (parts) => {
      const decision = await decide(parts.join(""));
      if (!decision.allowed) return;
      expect(Object.keys(programs)).toContain(decision.argv[0]);
      // Quoted word by word, it splits into the same words again.
      const quoted = decision.argv.map((word) => `'${word}'`).join(" ");
      if (!decision.argv.some((word) => word.includes("'")))
        expect(await decide(quoted)).toMatchObject({ argv: decision.argv });
      for (const word of ["-exec", "/etc/passwd"]) expect(decision.argv).not.toContain(word);
      expect(decision.argv.filter((word) => word.startsWith("/etc"))).toEqual([]);
      if (decision.argv[0] === "find") expect(decision.argv).not.toContain("-exec");
    }),
    { numRuns: 2000 },
  );
});
