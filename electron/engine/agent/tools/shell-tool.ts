import { chmodSync, existsSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { SentinelError } from "../../../../shared/errors.ts";
import { labelOf } from "../../base/labels.ts";
import { accounts } from "../../sandbox/bubblewrap.ts";
import type { SandboxExit, SandboxMount } from "../../sandbox/spec.ts";
import type { SupervisorClient } from "../../sandbox/supervisor-client.ts";
import { type CommandDecision, decideCommand } from "../policy/command-policy.ts";
import { gitConfig, gitEnvironment, prepareGit } from "../policy/git-run.ts";
import { byNumber } from "../policy/open-within.ts";
import type { PathRoots } from "../policy/path-policy.ts";
import { bringBack } from "./bring-back.ts";
import { defineTool, type Tool } from "./tool-box.ts";
import { copyBudget, copyLimits, copyWorkspace, removeCopy } from "./workspace-copy.ts";

/** What a command came to. All of it may be written by whoever wrote the files. */
export interface CommandResult {
  /** Null: it was ended before it ended itself. */
  readonly exit_code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timed_out: boolean;
  /** Whether it wrote more than is kept. */
  readonly truncated: boolean;
  /** What of it was not done in the workspace, and why. */
  readonly notes: readonly string[];
}

export interface ShellOptions {
  readonly supervisor: Pick<SupervisorClient, "run" | "status" | "scratch">;
  readonly roots: PathRoots;
  /** Longest that a command may run, milliseconds. */
  readonly wallMs?: number;
}

type Allowed = Extract<CommandDecision, { allowed: true }>;

/** SECURITY: nothing of the engine's own environment, and never a program of the workspace. */
export const environment = { PATH: "/usr/bin:/bin", LANG: "C.UTF-8" } as const;
/** Where programs are, in their order. */
const programFolders = ["/usr/bin", "/bin"] as const;
/** Programs that change what lies in the workspace. All others have it read-only. */
const writing: ReadonlySet<string> = new Set(["mkdir", "touch", "cp", "mv", "rm"]);
/** Standard output and error together, bytes: as JSON, with every byte as an escape, it still is an answer of a tool. */
const outputBytes = 64 * 1024;
const usualWallMs = 10_000;

/** A command on the workspace, which runs without a shell, in the sandbox, on a copy of what it may see. */
export function shellTool(options: ShellOptions): Tool {
  const run = createShell(options);
  return defineTool({
    name: "shell.run",
    description:
      "Runs one command on the workspace, without a shell: no pipes, redirections or patterns. ls cat head tail wc sort uniq grep cut tr diff stat file sha256sum md5sum date jq find git tar unzip echo printf pwd whoami id uname df du true basename dirname xxd base64 mkdir cp mv touch rm.",
    input: z.strictObject({ command: z.string().min(1).max(8192) }),
    call: async ({ command }, _by, signal) => ({
      json: await run(command, signal),
      label: labelOf("file", "untrusted"),
    }),
  });
}

/**
 * @returns runs one command after the other
 * @throws SentinelError COMMAND_DENIED, UNAVAILABLE, INPUT_TOO_LARGE, CANCELLED; their words hold nothing of a command or a file
 */
export function createShell({ supervisor, roots, wallMs = usualWallMs }: ShellOptions) {
  let last: Promise<unknown> = Promise.resolve();

  async function runOne(command: string, signal: AbortSignal): Promise<CommandResult> {
    signal.throwIfAborted();
    const { scratch } = supervisor;
    const { status } = supervisor.status();
    if (status !== "healthy" || scratch === null || byNumber === null) {
      throw new SentinelError("UNAVAILABLE", "Commands run in a sandbox only, and nothing can be sandboxed here.");
    }
    // SECURITY: only now, since other commands may have changed what its paths lead to.
    const decision = await decideCommand(command, roots, signal);
    if (!decision.allowed) {
      throw new SentinelError("COMMAND_DENIED", `The command is refused (${decision.rule}).`, { rule: decision.rule });
    }
    const program = findProgram(decision.argv[0]);
    const folder = mkdtempSync(join(scratch, "run-"));
    try {
      return await runIn(folder, program, decision, signal);
    } finally {
      await removeCopy(folder);
    }
  }

  async function runIn(
    folder: string,
    program: string,
    decision: Allowed,
    signal: AbortSignal,
  ): Promise<CommandResult> {
    const { argv, paths } = decision;
    const isGit = argv[0] === "git";
    const isWriting = writing.has(argv[0]);
    const budget = copyBudget(signal);
    const copy = join(folder, "workspace");
    mkdirSync(copy);
    // Whoever the sandbox runs as: around it is a folder of the engine's alone.
    chmodSync(copy, 0o777);
    const wanted = isGit || goesThroughAll(argv, paths) ? [roots.workspace] : paths.flatMap(bothOf);
    const before = await copyWorkspace({
      ...{ roots, root: roots.workspace, wanted, into: copy, budget },
      ...(isGit ? { also: isGitData, deadLinks: true } : {}),
    });
    const mounts: SandboxMount[] = [
      { from: copy, to: roots.workspace, ...(isWriting ? { writable: true } : {}) },
      ...listAccounts(folder),
    ];
    if (isGit && before.get(".git")?.kind === "folder") {
      // SECURITY: its own configuration could name programs that git starts.
      writeFileSync(join(copy, ".git/config"), gitConfig, { mode: 0o644, flag: "wx" });
    }
    if (paths.some(({ real }) => isBelow(real, roots.policies))) {
      const into = join(folder, "policies");
      mkdirSync(into);
      await copyWorkspace({ roots, root: roots.policies, wanted: paths.flatMap(bothOf), into, budget });
      mounts.push({ from: into, to: roots.policies });
    }
    const [, ...words] = isGit ? prepareGit(argv) : argv;
    const variables = Object.entries({ ...environment, ...(isGit ? gitEnvironment : {}) });
    const output = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
    const exit = await supervisor.run(
      {
        label: "A command of the agent",
        // SECURITY: no shell. The program stands in full; no word after it is read as a variable.
        command: [
          ...(["/usr/bin/env", "--ignore-environment", `--chdir=${roots.workspace}`] as const),
          ...variables.map(([name, value]) => `${name}=${value}`),
          program,
          ...words,
        ],
        mounts,
        input: null,
        limits: {
          memoryBytes: 512 * 1024 ** 2,
          diskBytes: copyLimits.bytes,
          processes: 32,
          wallMs,
          cpus: 1,
          outputBytes,
        },
      },
      { signal, onOutput: (chunk, stream) => void output[stream].push(chunk) },
    );
    signal.throwIfAborted();
    if (exit.reason === "panic" || exit.reason === "cancelled") throw new SentinelError("CANCELLED", exit.detail);
    const notes = isWriting
      ? await settle(exit, () => bringBack(copy, before, roots, copyBudget(signal)))
      : endNotes(exit);
    return {
      exit_code: exit.code,
      stdout: Buffer.concat(output.stdout).toString("utf8"),
      stderr: Buffer.concat(output.stderr).toString("utf8"),
      timed_out: exit.reason === "time",
      truncated: exit.reason === "output",
      notes,
    };
  }

  return async (command: string, signal: AbortSignal): Promise<CommandResult> => {
    // One after the other: what one changes is not in the copy of another.
    const running = last.then(() => runOne(command, signal));
    last = running.catch(() => undefined);
    return await running;
  };
}

/** What was begun and not ended is not taken over: a file may be half of what it should be. */
async function settle(exit: SandboxExit, bring: () => Promise<string[]>): Promise<string[]> {
  if (exit.reason === "exit" && exit.code !== null) return await bring();
  return [...endNotes(exit), "Nothing was changed in the workspace."];
}

function endNotes({ reason, code, detail }: SandboxExit): string[] {
  return reason === "exit" && code !== null ? [] : [detail];
}

/** @throws SentinelError UNAVAILABLE */
function findProgram(name: string): string {
  const found = programFolders.map((folder) => `${folder}/${name}`).find((path) => existsSync(path));
  // SECURITY: as it is seen inside, where there is nothing but /usr.
  if (found === undefined || !realpathSync(found).startsWith("/usr/")) {
    throw new SentinelError("UNAVAILABLE", `The program ${name} is not installed on this machine.`);
  }
  return found;
}

/** Whether a program looks at its whole folder when no path is named. */
function goesThroughAll([program, ...words]: Allowed["argv"], paths: Allowed["paths"]): boolean {
  if (paths.length > 0) return false;
  return (
    program === "ls" || program === "du" || (program === "grep" && words.some((word) => /^-[^-]*[rR]|^--/.test(word)))
  );
}

const bothOf = ({ given, real }: Allowed["paths"][number]) => [given, real];

/** SECURITY: what git keeps, without what could start a program or lead to another repository. */
function isGitData(within: string): boolean {
  return (
    within === ".git" ||
    (/^\.git\//.test(within) && !/^\.git\/(?:config|hooks|modules|worktrees|commondir)/.test(within))
  );
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** Names of the accounts that sandboxes run as, for programs that tell them. */
function listAccounts(folder: string): SandboxMount[] {
  const all = Array.from({ length: accounts.count }, (_, n) => accounts.first + n);
  const ids = [...new Set([...all, process.getuid?.() ?? 0, process.getgid?.() ?? 0, 65_534])];
  return (["passwd", "group"] as const).map((name) => {
    const rest = name === "passwd" ? (id: number) => `${id}::/:/usr/bin/false` : () => "";
    const from = join(folder, name);
    writeFileSync(from, ids.map((id) => `sandbox:x:${id}:${rest(id)}\n`).join(""), { mode: 0o644 });
    return { from, to: `/etc/${name}` };
  });
}
