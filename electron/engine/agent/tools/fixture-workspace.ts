import { type ChildProcess, fork } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { childChannel } from "../../sandbox/process-channel.ts";
import { connectSupervisor, type SupervisorClient } from "../../sandbox/supervisor-client.ts";
import type { PathRoots } from "../policy/path-policy.ts";

export const hasBubblewrap = existsSync("/usr/bin/bwrap");
/** In every file that nobody may see. */
export const secret = "NOBODY-SEES-THIS";

/** A workspace with what commands need, and with what they must never show. */
export function makeWorkspace(): { base: string; roots: PathRoots } {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "sentinel-shell-")));
  const roots = { workspace: join(base, "ws"), policies: join(base, "policies") };
  for (const folder of ["ws/notes", "ws/.git/objects", "ws/deep/below/.ssh", "ws/links", "policies", "outside"])
    mkdirSync(join(base, folder), { recursive: true });
  const write = (path: string, text: string, changed = "2026-01-02T08:00:00Z") => {
    writeFileSync(join(base, path), text, { mode: 0o600 });
    utimesSync(join(base, path), new Date(changed), new Date(changed));
  };
  write("ws/a.txt", "one\ntwo\n");
  write("ws/b.txt", "one\nthree\n");
  write("ws/data.json", '{"items":[{"name":"x"}]}\n');
  write("ws/notes/plan.txt", "a plan\n", "2026-01-02T09:00:00Z");
  write("ws/-rf", "a file, no option\n");
  write("policies/own.yaml", "version: 1\n");
  for (const hidden of [
    ".env",
    ".env.local",
    "key.pem",
    "Server.KEY",
    "id_rsa_old",
    ".git/config",
    "deep/below/.ENV",
    "deep/below/.ssh/id",
  ])
    write(`ws/${hidden}`, `${secret}\n`);
  write("outside/secret", `${secret}\n`);
  symlinkSync("../a.txt", join(base, "ws/links/inside"));
  symlinkSync("../.env", join(base, "ws/links/plain.txt"));
  symlinkSync("../../outside", join(base, "ws/links/out"));
  symlinkSync("../outside", join(base, "ws/out"));
  return { base, roots };
}

/** A real supervisor, whose sandboxes are up. */
export async function openSupervisor(): Promise<{ supervisor: SupervisorClient; close: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "sentinel-shell-supervisor-"));
  const entry = join(import.meta.dirname, "../../../supervisor.ts");
  const child: ChildProcess = fork(entry, [], {
    env: {},
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    serialization: "advanced",
  });
  const supervisor = await connectSupervisor(childChannel(child), folder, "token", 4);
  const up = Promise.withResolvers<void>();
  supervisor.onStatus(up.resolve);
  if (supervisor.status().status !== "healthy") await up.promise;
  return {
    supervisor,
    async close() {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      supervisor.close();
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
