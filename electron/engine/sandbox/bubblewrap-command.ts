import { join } from "node:path";
import { gatePlaces, gateScript, readyFd } from "./gate.ts";
import type { LimitHold } from "./limit-hold.ts";
import type { SandboxMount, SandboxSpec } from "./spec.ts";

/** Descriptors of the started process, besides the gate's. */
export const infoFd = 3;
export const seccompFd = 5;
/** Open as long as the supervisor lives and follows the sandbox. */
export const lifeFd = 6;
export { readyFd };

export interface Tools {
  readonly bwrap: string;
  readonly prlimit: string;
  /** Null when the engine is not root and needs no step down. */
  readonly setpriv: string | null;
  readonly taskset: string | null;
}

/** What one start adds to the specification. */
export interface Surroundings {
  /** User and group id to step down to, when the engine is root. */
  readonly account: number;
  /**
   * An empty folder in which a root engine gathers the mounts, seen by this sandbox alone: the account that it steps down to need
   * not reach their sources. Null: they are mounted from where they lie.
   */
  readonly stage: string | null;
  readonly hold: Pick<LimitHold, "joinFiles" | "attempt" | "cores" | "addressSpaceBytes">;
}

/**
 * Run before the step down, as the leader of a process group: joins the control groups, and gathers the mounts in a mount namespace
 * of its own. SECURITY: what it leaves behind ends the process group once the supervisor is gone. Bubblewrap's own way, to die with
 * its parent, misses the moment in which its inner process waits for the outer one to write its user ids.
 * SECURITY: a folder is seen through a layer of its own, where the file system allows that: a socket that a service makes in it
 * later does not answer there, since its node is another one.
 */
const prepare = `
( exec 0<&- 1>&- 2>&- 3>&- 4>&- 5>&-; read -r never <&${lifeFd}; kill -9 0 ) &
exec ${lifeFd}<&-
count=$1; shift
while [ $count -gt 0 ]; do echo 0 >"$1" || exit; shift; count=$((count - 1)); done
stage=$1 count=$2; shift 2
if [ $count -gt 0 ]; then mount -t tmpfs -o mode=755 sentinel "$stage" && mkdir "$stage/none" || exit; fi
n=0
while [ $n -lt $count ]; do
  write=$1; shift
  if [ $write = no ] && [ -d "$1" ]; then
    mkdir "$stage/$n" || exit
    ( cd "$1" && mount -t overlay -o "ro,lowerdir=.:$stage/none" sentinel "$stage/$n" ) 2>/dev/null ||
      mount --bind "$1" "$stage/$n" || exit
  elif [ -d "$1" ]; then
    mkdir "$stage/$n" && mount --bind "$1" "$stage/$n" || exit
  else
    : >"$stage/$n" && mount --bind "$1" "$stage/$n" || exit
  fi
  shift; n=$((n + 1))
done
exec "$@"`;

/** The command that starts one sandbox. */
export function sandboxCommand(tools: Tools, spec: SandboxSpec, { account, stage, hold }: Surroundings): string[] {
  const { processes, diskBytes } = spec.limits;
  const staged = stage === null ? [] : spec.mounts;
  const sourceOf = (mount: SandboxMount, n: number) => (stage === null ? mount.from : join(stage, String(n)));
  return [
    ...(staged.length > 0 ? ["/usr/bin/unshare", "--mount", "--propagation", "private", "--"] : []),
    ...["/bin/sh", "-c", prepare, "sh", String(hold.joinFiles.length), ...hold.joinFiles],
    ...[
      stage ?? "-",
      String(staged.length),
      ...staged.flatMap(({ from, writable = false }) => [writable ? "yes" : "no", from]),
    ],
    ...stepDown(tools, account),
    tools.prlimit,
    // Where a control group holds the sum, what a process merely reserves need not be limited.
    ...(hold.addressSpaceBytes === null ? [] : [`--as=${hold.addressSpaceBytes}`]),
    `--fsize=${diskBytes}`,
    "--core=0",
    "--nofile=256",
    // SECURITY: the filter refuses to change it back.
    ...(tools.taskset === null || hold.cores === null ? [] : [tools.taskset, "--cpu-list", hold.cores.join(",")]),
    tools.bwrap,
    ...isolation(diskBytes),
    ...spec.mounts.flatMap((mount, n) => [mount.writable ? "--bind" : "--ro-bind", sourceOf(mount, n), mount.to]),
    // SECURITY: only /tmp can be written, and a folder that was made for that: not the root, nor the shared memory that /dev has.
    ...["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp"],
    "--",
    // In here the sandbox's own user namespace counts (Linux 5.14 and later), and the limit is its own. Out there it would count all
    // processes of the account: of another engine's sandboxes too, and of those in other containers.
    ...["/usr/bin/prlimit", `--nproc=${processes}`, "/usr/bin/sh", "-c", gateScript, "sh"],
    ...[String(hold.attempt.processes), String(hold.attempt.memoryBytes)],
    ...gatePlaces(spec.mounts),
    ...spec.command,
  ];
}

function stepDown({ setpriv }: Tools, account: number): string[] {
  if (setpriv === null) return [];
  return [
    setpriv,
    // SECURITY: root with another uid only inside is still root outside, where limits do not count.
    ...["--reuid", String(account), "--regid", String(account), "--clear-groups"],
    // SECURITY: set-user-id programs give nothing back.
    "--no-new-privs",
  ];
}

function isolation(diskBytes: number): string[] {
  return [
    // SECURITY: own users, processes, network (none), mounts, host name and IPC.
    "--unshare-all",
    "--unshare-user",
    // SECURITY: a nested user namespace would give capabilities back.
    "--disable-userns",
    // SECURITY: nothing outlives the supervisor; what waits for its word (see the gate) is the process that dies with it.
    ...["--die-with-parent", "--as-pid-1"],
    // SECURITY: no terminal to push input into.
    "--new-session",
    ...["--cap-drop", "ALL"],
    // SECURITY: the kernel's interfaces that no application under test needs are closed: see seccomp.ts.
    ...["--seccomp", String(seccompFd)],
    // SECURITY: no variable of the engine is inherited; the spawn's own environment is empty too, since bubblewrap's first
    // process keeps what it was started with, readable in /proc/1/environ.
    ...["--clearenv", "--setenv", "PATH", "/usr/bin"],
    ...["--info-fd", String(infoFd)],
    // SECURITY: programs can be read, and of the machine's data only what was asked for.
    ...["--ro-bind", "/usr", "/usr"],
    ...["--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64", "--symlink", "usr/bin", "/bin"],
    ...["--proc", "/proc", "--dev", "/dev"],
    ...["--size", String(diskBytes), "--tmpfs", "/tmp"],
  ];
}
