import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { emptyLabel } from "../../base/labels.ts";
import { absentSupervisor, type SupervisorClient } from "../../sandbox/supervisor-client.ts";
import { elsewhere, goingThrough, neverPrograms, refused } from "../policy/fixture-commands.ts";
import type { PathRoots } from "../policy/path-policy.ts";
import { programs } from "../policy/program-table.ts";
import { hasBubblewrap, makeWorkspace, openSupervisor, secret } from "./fixture-workspace.ts";
import { createShell, shellTool } from "./shell-tool.ts";

if (!hasBubblewrap) console.warn("SKIPPED: commands in the sandbox: bubblewrap is not installed");

const never = new AbortController().signal;
let base: string;
let roots: PathRoots;
beforeEach(() => {
  ({ base, roots } = makeWorkspace());
});
afterEach(() => rmSync(base, { recursive: true }));

const inWorkspace = (path: string) => join(roots.workspace, path);
const textOf = (path: string) => readFileSync(inWorkspace(path), "utf8");
/** Everything in the workspace and beside it, with its content. */
const everything = () =>
  readdirSync(base, { recursive: true })
    .map(String)
    .sort()
    .map((path) => {
      const stat = lstatSync(join(base, path));
      const what = stat.isFile()
        ? readFileSync(join(base, path), "utf8")
        : stat.isSymbolicLink()
          ? readlinkSync(join(base, path))
          : "";
      return [path, stat.ino, what];
    });

describe("what is refused", () => {
  test("is not started, whatever it is", async () => {
    let started = 0;
    const supervisor = {
      ...absentSupervisor("healthy", "A test's."),
      scratch: base,
      run: async () => {
        started += 1;
        throw new Error("It was started.");
      },
    };
    const run = createShell({ supervisor, roots });
    const before = everything();
    const all = [...refused.map(([command]) => command), ...elsewhere, ...goingThrough, ...neverPrograms];
    for (const command of all) {
      await expect([command, await run(command, never).catch((error) => error)]).toEqual([
        command,
        expect.objectContaining({ code: "COMMAND_DENIED" }),
      ]);
    }
    expect(started).toBe(0);
    expect(everything()).toEqual(before);
  });

  test("is told without a word of the command", async () => {
    const run = createShell({ supervisor: { ...absentSupervisor("healthy", ""), scratch: base }, roots });
    await expect(run("find . -x-word-of-somebody", never)).rejects.toThrow(/^The command is refused \(find\)\.$/);
  });

  test("is everything where nothing can be sandboxed", async () => {
    const tool = shellTool({ supervisor: absentSupervisor("off", "No driver."), roots });
    await expect(
      tool.call({ command: "ls" }, { actor: "a", role: "analyst", caller: "ui" }, never, {
        label: emptyLabel,
        origins: [],
      }),
    ).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: "Commands run in a sandbox only, and nothing can be sandboxed here.",
    });
  });
});

describe.skipIf(!hasBubblewrap)("in the sandbox", () => {
  let supervisor: SupervisorClient;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ supervisor, close } = await openSupervisor());
  });
  afterAll(async () => await close());

  const run = (command: string) => createShell({ supervisor, roots })(command, never);

  const reading: readonly (readonly [command: string, stdout: RegExp | string])[] = [
    ["ls -la", /a\.txt/],
    ["ls -R notes", /plan\.txt/],
    ["cat -n a.txt", /1\tone/],
    ["head -n 1 a.txt", "one\n"],
    ["tail -1 a.txt", "two\n"],
    ["wc -l a.txt", "2 a.txt\n"],
    ["sort -r a.txt", "two\none\n"],
    ["uniq -c a.txt", /1 one/],
    ["grep -rn plan notes", "notes/plan.txt:1:a plan\n"],
    ["grep -r one", /a\.txt:one/],
    ["grep -c one a.txt b.txt", "a.txt:1\nb.txt:1\n"],
    ["cut -c 1 a.txt", "o\nt\n"],
    ["tr a b", ""],
    ["diff -u a.txt b.txt", /-two\n\+three/],
    ["stat -c '%n %s %a' a.txt", "a.txt 8 666\n"],
    ["file -b a.txt", /ASCII/],
    ["sha256sum a.txt", /^[0-9a-f]{64} {2}a\.txt\n$/],
    ["md5sum a.txt", /^[0-9a-f]{32} {2}a\.txt\n$/],
    ["date -u -d 2020-01-02 +%F", "2020-01-02\n"],
    ["jq -r '.items[0].name' data.json", "x\n"],
    ["find . -name '*.txt' -size -9c -newer a.txt", "./notes/plan.txt\n"],
    ["find -name a.txt", "./a.txt\n"],
    ["find notes -type f", "notes/plan.txt\n"],
    ["echo hello world", "hello world\n"],
    ["printf '%03d|%s' 7 x", "007|x"],
    ["whoami", "sandbox\n"],
    ["id -un", "sandbox\n"],
    ["uname -s", "Linux\n"],
    ["df -h", /Filesystem/],
    ["du -a notes", /notes\/plan\.txt/],
    ["true", ""],
    ["basename x/y.txt .txt", "y\n"],
    ["dirname x/y.txt", "x\n"],
    ["xxd -l 3 -p a.txt", "6f6e65\n"],
    ["base64 -w0 a.txt", "b25lCnR3bwo="],
    ["cat links/inside", "one\ntwo\n"],
    ["cat -- -rf", "a file, no option\n"],
  ];
  const writing = ["mkdir", "touch", "cp", "mv", "rm"];
  const apart = ["git", "tar", "unzip", "pwd"];

  test("every program of the list is tried here", () => {
    const tried = [...reading.map(([command]) => command.split(" ")[0]), ...writing, ...apart];
    expect(new Set(tried)).toEqual(new Set(Object.keys(programs)));
  });

  test.each(reading)("%s", async (command, stdout) => {
    const before = everything();
    const result = await run(command);
    expect(result).toMatchObject({ timed_out: false, truncated: false, notes: [] });
    expect(result.stdout).toEqual(typeof stdout === "string" ? stdout : expect.stringMatching(stdout));
    expect(result.stdout + result.stderr).not.toContain(secret);
    expect(result.exit_code).toBe(command.startsWith("diff") ? 1 : 0);
    expect(everything()).toEqual(before);
  });

  test("full paths are those of this machine, of the workspace and the policies alone", async () => {
    expect(await run("pwd")).toMatchObject({ stdout: `${roots.workspace}\n` });
    expect(await run(`cat ${roots.workspace}/b.txt`)).toMatchObject({ stdout: "one\nthree\n" });
    expect(await run(`cat ${roots.policies}/own.yaml`)).toMatchObject({ stdout: "version: 1\n" });
    expect(await run(`ls ${roots.policies}`)).toMatchObject({ stdout: "own.yaml\n" });
  });

  test("archives are listed", async () => {
    const own = { cwd: roots.workspace };
    execFileSync("/usr/bin/tar", ["-czf", "x.tgz", "a.txt"], own);
    expect(await run("tar -tzf x.tgz")).toMatchObject({ stdout: "a.txt\n", exit_code: 0 });
    // An empty archive: the record that ends it.
    writeFileSync(inWorkspace("x.zip"), Buffer.concat([Buffer.from("PK\x05\x06"), Buffer.alloc(18)]));
    expect((await run("unzip -l x.zip")).stdout).toContain("x.zip");
  });

  test("what is never touched is not there: neither read, nor named, nor counted", async () => {
    writeFileSync(inWorkspace("open.txt"), secret);
    for (const command of [
      "ls -laR",
      "find .",
      "find . -type f -size -100c",
      "du -a .",
      `grep -rl ${secret}`,
      "ls -la deep/below",
      "ls -la links",
    ]) {
      const { stdout, exit_code } = await run(command);
      expect([command, exit_code]).toEqual([command, 0]);
      expect(stdout).not.toMatch(/\.env|pem|KEY|id_rsa|\.git|\.ssh|plain\.txt|out/);
    }
    expect(await run(`grep -rl ${secret}`)).toMatchObject({ stdout: "open.txt\n" });
  });

  test("programs see a fixed environment, no file of this machine but its programs, and no other process", async () => {
    const { createShell: _, environment } = await import("./shell-tool.ts");
    process.env.SENTINEL_SECRET_FOR_TEST = "leak";
    const seen: string[] = [];
    const spying: SupervisorClient = {
      ...supervisor,
      run(spec, options) {
        // What the tool starts, with a look around in place of its program.
        const at = spec.command.indexOf("/usr/bin/true");
        const look =
          "tr '\\0' '\\n' </proc/self/environ; echo --; ls / /etc /home /root /work 2>/dev/null; cat /proc/[0-9]*/comm | wc -l";
        seen.push(spec.command.join(" "));
        const head = spec.command.slice(0, at) as unknown as [string, ...string[]];
        return supervisor.run({ ...spec, command: [...head, "/usr/bin/sh", "-c", look] }, options);
      },
    };
    const { stdout } = await createShell({ supervisor: spying, roots })("true", never);
    delete process.env.SENTINEL_SECRET_FOR_TEST;
    const [variables = "", rest = ""] = stdout.split("--\n");
    const fixed = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    expect(variables.trim().split("\n").sort()).toEqual([...fixed].sort());
    expect(rest).not.toMatch(/shadow|hosts|home:\n\w/);
    expect(rest.split("\n")).toEqual(expect.arrayContaining(["group", "passwd"]));
    // No shell among what the tool itself starts.
    expect(seen[0]).not.toMatch(/\bsh\b/);
  });

  test("a program of the workspace is never the one that runs", async () => {
    writeFileSync(inWorkspace("ls"), "#!/usr/bin/sh\necho evil\n", { mode: 0o755 });
    mkdirSync(inWorkspace("bin"));
    expect((await run("ls")).stdout).not.toContain("evil");
    await expect(run("./ls")).rejects.toMatchObject({ code: "COMMAND_DENIED" });
  });

  describe("git", () => {
    const own = (...args: string[]) =>
      execFileSync("/usr/bin/git", args, {
        cwd: roots.workspace,
        env: { PATH: "/usr/bin:/bin", HOME: base, GIT_CONFIG_GLOBAL: "/dev/null" },
        encoding: "utf8",
      });
    beforeEach(() => {
      rmSync(inWorkspace(".git"), { recursive: true });
      own("init", "-q", "-b", "main");
      for (const [name, value] of [
        ["user.name", "t"],
        ["user.email", "t@example.com"],
      ] as const)
        own("config", name, value);
      writeFileSync(inWorkspace(".gitattributes"), "*.txt diff=evil filter=evil\n");
      own("add", "-A");
      own("commit", "-q", "-m", "first");
      writeFileSync(inWorkspace("a.txt"), "one\nfour\n");
      const start = `touch ${inWorkspace("started")} ${base}/started; cat`;
      for (const name of ["core.fsmonitor", "diff.external", "diff.evil.textconv", "filter.evil.clean", "core.pager"])
        own("config", name, start);
      writeFileSync(inWorkspace(".git/hooks/post-index-change"), `#!/bin/sh\n${start}\n`, { mode: 0o755 });
    });

    test.each([
      ["git status -s", /^ M a\.txt$/],
      ["git diff", /\+four/],
      ["git log -p", /first/],
      ["git show HEAD", /first/],
      ["git blame a.txt", /four/],
      ["git branch --list", /main/],
      ["git rev-parse HEAD", /^[0-9a-f]{40}$/],
    ])(
      "%s starts nothing that the repository names, and shows no file that is never touched",
      async (command, wanted) => {
        const result = await run(command);
        expect(result).toMatchObject({ exit_code: 0, stderr: "" });
        expect(result.stdout.trimEnd()).toMatch(wanted);
        expect(result.stdout).not.toMatch(new RegExp(`${secret}|[ab]/\\.env|^.. \\.env|pem`, "m"));
        expect(existsSync(inWorkspace("started")) || existsSync(join(base, "started"))).toBe(false);
      },
    );
  });

  describe("a change", () => {
    test("is made in the workspace as the program makes it", async () => {
      const { ino } = statSync(inWorkspace("a.txt"));
      expect(await run("mkdir -p made/deeper")).toMatchObject({ exit_code: 0, notes: [] });
      expect(await run("touch made/empty a.txt")).toMatchObject({ exit_code: 0, notes: [] });
      expect(Math.abs(statSync(inWorkspace("a.txt")).mtimeMs - Date.now())).toBeLessThan(120_000);
      expect(await run("cp a.txt made/copy.txt")).toMatchObject({ exit_code: 0, notes: [] });
      expect(await run("cp b.txt made/copy.txt")).toMatchObject({ exit_code: 0, notes: [] });
      expect(textOf("made/copy.txt")).toBe("one\nthree\n");
      expect(await run("cp -n a.txt made/copy.txt")).toMatchObject({ notes: [] });
      expect(textOf("made/copy.txt")).toBe("one\nthree\n");
      expect(await run("cp -r notes made")).toMatchObject({ exit_code: 0, notes: [] });
      expect(textOf("made/notes/plan.txt")).toBe("a plan\n");
      expect(await run("cp -r links/inside made/link")).toMatchObject({ exit_code: 0 });
      expect(await run("mv a.txt made")).toMatchObject({ exit_code: 0, notes: [] });
      // The file itself, with what belongs to it.
      expect(statSync(inWorkspace("made/a.txt")).ino).toBe(ino);
      expect(await run("mv made renamed")).toMatchObject({ exit_code: 0, notes: [] });
      expect(await run("mv b.txt renamed/copy.txt")).toMatchObject({ exit_code: 0, notes: [] });
      expect(readdirSync(inWorkspace("renamed"), { recursive: true }).map(String).sort()).toEqual(
        expect.arrayContaining(["a.txt", "copy.txt", "deeper", "empty", "notes", "notes/plan.txt"]),
      );
      expect(existsSync(inWorkspace("b.txt")) || existsSync(inWorkspace("made"))).toBe(false);
      expect(await run("rm renamed/a.txt renamed/empty -- -rf")).toMatchObject({ exit_code: 0, notes: [] });
      expect(existsSync(inWorkspace("renamed/a.txt")) || existsSync(inWorkspace("-rf"))).toBe(false);
      expect(textOf(".env")).toContain(secret);
    });

    test("of much is made, too: what is copied and what comes back have their limits apart", async () => {
      writeFileSync(inWorkspace("large.bin"), Buffer.alloc(140 * 1024 ** 2, 1));
      expect(await run("cp large.bin copy.bin")).toMatchObject({ exit_code: 0, notes: [] });
      expect(statSync(inWorkspace("copy.bin")).size).toBe(140 * 1024 ** 2);
    });

    test("that a program refuses is not made", async () => {
      const before = everything();
      expect(await run("rm notes")).toMatchObject({
        exit_code: 1,
        stderr: expect.stringContaining("directory"),
        notes: [],
      });
      expect(await run("mkdir a.txt")).toMatchObject({ exit_code: 1, notes: [] });
      expect(await run("mv a.txt nowhere/b.txt")).toMatchObject({ exit_code: 1, notes: [] });
      expect(everything()).toEqual(before);
    });

    test("is not made over what is not shown, and says so", async () => {
      mkdirSync(inWorkspace("notes/out"));
      // `notes/out` there is a folder; `links/out` leads outside and is not in the copy.
      expect(await run("cp -r notes/out links")).toMatchObject({
        exit_code: 0,
        notes: [expect.stringMatching(/^links\/out: not done: /)],
      });
      expect(readlinkSync(inWorkspace("links/out"))).toBe("../../outside");
    });
  });

  describe("limits", () => {
    test("a program that goes on is ended with all that it started, and nothing of it is taken over", async () => {
      const slow: SupervisorClient = {
        ...supervisor,
        run: (spec, options) =>
          supervisor.run(
            { ...spec, command: ["/usr/bin/sh", "-c", `touch ${inWorkspace("half")}; sleep 600 & sleep 600`] },
            options,
          ),
      };
      const result = await createShell({ supervisor: slow, roots, wallMs: 200 })("touch half", never);
      expect(result).toMatchObject({ exit_code: null, timed_out: true, truncated: false });
      expect(result.notes).toEqual([expect.stringContaining("longer"), "Nothing was changed in the workspace."]);
      expect(existsSync(inWorkspace("half"))).toBe(false);
    });

    test("one that prints without end is cut off", async () => {
      writeFileSync(inWorkspace("large.txt"), "x".repeat(300_000));
      const result = await run("cat large.txt");
      expect(result).toMatchObject({ exit_code: null, truncated: true, timed_out: false });
      expect(result.stdout).toHaveLength(64 * 1024);
    });

    test("one that needs much memory is ended", async () => {
      const hungry: SupervisorClient = {
        ...supervisor,
        run: (spec, options) =>
          supervisor.run(
            { ...spec, command: ["/usr/bin/sh", "-c", "head -c 2000000000 /dev/zero | tail -c 1500000000 | wc -c"] },
            options,
          ),
      };
      const { stdout, exit_code } = await createShell({ supervisor: hungry, roots })("true", never);
      expect([stdout, exit_code]).not.toEqual(["1500000000\n", 0]);
    });

    test("one that is cancelled, or ended by panic, is told so", async () => {
      const control = new AbortController();
      const running: SupervisorClient = {
        ...supervisor,
        run(spec, options) {
          setImmediate(() => control.abort());
          return supervisor.run({ ...spec, command: ["/usr/bin/sleep", "600"] }, options);
        },
      };
      await expect(createShell({ supervisor: running, roots })("ls", control.signal)).rejects.toThrow();
      expect(readdirSync(supervisor.scratch!)).toEqual([]);
    });
  });
});
