import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decideCommand } from "./command-policy.ts";
import { gitConfig, gitEnvironment, prepareGit } from "./git-run.ts";

const git = "/usr/bin/git";
const isHere = existsSync(git);
if (!isHere) console.warn("SKIPPED: git as it is started: git is not installed");

test("a commit is named as one, whatever else it could be", () => {
  const words = (command: string) => prepareGit(command.split(" ") as [string, ...string[]]).join(" ");
  expect(words("git show HEAD:a.txt")).toContain(" HEAD^{commit}:a.txt -- :(top,exclude,icase,glob)**/.git/**");
  expect(words("git --no-pager diff main..topic -- a.txt")).toContain(" main^{commit}..topic^{commit} -- a.txt :(top");
  expect(words("git log --follow --oneline -- a.txt")).toMatch(/ --follow --oneline -- a\.txt$/);
  expect(words("git status -s")).toMatch(/^git --no-pager status --ignore-submodules=all -s -- :\(top,exclude,/);
  expect(words("git rev-parse HEAD")).toBe("git --no-pager rev-parse HEAD");
});

describe.skipIf(!isHere)("in a repository that was made to harm", () => {
  let base: string;
  let ws: string;
  let marker: string;
  const own = (...args: string[]) =>
    execFileSync(git, args, { cwd: ws, env: { PATH: "/usr/bin:/bin", HOME: base }, encoding: "utf8" }).trim();

  beforeAll(() => {
    base = realpathSync(mkdtempSync(join(tmpdir(), "sentinel-git-")));
    ws = join(base, "ws");
    marker = join(base, "started");
    mkdirSync(join(ws, "keys/.ssh"), { recursive: true });
    own("init", "-q", "-b", "main");
    own("config", "user.name", "test");
    own("config", "user.email", "test@example.com");
    writeFileSync(join(ws, "a.txt"), "open one\n");
    writeFileSync(join(ws, ".env"), "TOP-SECRET-1\n");
    writeFileSync(join(ws, "keys/Server.PEM"), "TOP-SECRET-2\n");
    writeFileSync(join(ws, "keys/.ssh/config"), "TOP-SECRET-3\n");
    writeFileSync(join(ws, ".gitattributes"), "*.txt diff=evil filter=evil\n");
    own("add", "-A");
    own("commit", "-q", "-m", "first");
    writeFileSync(join(ws, "a.txt"), "open two\n");
    own("commit", "-q", "-am", "second");
    writeFileSync(join(ws, "a.txt"), "open three\n");
    writeFileSync(join(ws, ".env"), "TOP-SECRET-4\n");
    // From here on, whatever looks at it with its own configuration starts something.
    const start = `touch ${marker}; cat`;
    for (const [name, value] of [
      ["diff.external", start],
      ["diff.evil.textconv", start],
      ["diff.evil.command", start],
      ["filter.evil.clean", start],
      ["core.fsmonitor", start],
      ["core.pager", start],
    ] as const) {
      own("config", name, value);
    }
    // As the controller mounts it.
    writeFileSync(join(ws, ".git/config"), gitConfig);
  });
  afterAll(() => rmSync(base, { recursive: true }));

  async function run(command: string): Promise<string> {
    const roots = { workspace: ws, policies: join(base, "policies") };
    const decision = await decideCommand(command, roots, new AbortController().signal);
    if (!decision.allowed) return `refused: ${decision.reason}`;
    const [, ...args] = prepareGit(decision.argv);
    try {
      const env = { PATH: "/usr/bin:/bin", ...gitEnvironment };
      return execFileSync(git, args, { cwd: ws, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    } catch (error) {
      return `failed: ${String((error as { stderr?: string }).stderr)}`;
    }
  }

  test.each([
    ["git log -p", /open two/],
    ["git log --all --patch -- .", /open two/],
    ["git show HEAD", /open two/],
    ["git show HEAD:a.txt", /open two/],
    ["git diff", /open three/],
    ["git diff HEAD~1", /open three/],
    ["git diff HEAD~1..HEAD", /open two/],
    ["git log --stat", /a\.txt/],
    ["git log --follow --oneline -- a.txt", /first/],
    ["git blame a.txt", /open three/],
    ["git status -s", /a\.txt/],
    ["git rev-parse HEAD", /^[0-9a-f]{40}$/m],
    ["git branch --list", /main/],
  ])("%s shows what may be seen, nothing else, and starts nothing", async (command, wanted) => {
    const shown = await run(command);
    expect(shown).toMatch(wanted);
    expect(shown).not.toContain("TOP-SECRET");
    expect(existsSync(marker)).toBe(false);
  });

  test("what has no path in the history is not shown by its hash", async () => {
    const blob = own("rev-parse", "HEAD:.env");
    const folder = own("rev-parse", "HEAD:keys/.ssh");
    const commands = [`show ${blob}`, `show ${blob.slice(0, 9)}`, `show ${folder}:config`, `diff ${blob} HEAD:a.txt`];
    for (const command of [...commands, `diff ${blob}..${blob}`, `log -p ${folder}`]) {
      const shown = await run(`git ${command}`);
      expect([command, shown]).toEqual([command, expect.stringMatching(/^(?:failed|refused): /)]);
      expect(shown).not.toContain("TOP-SECRET");
    }
  });
});
