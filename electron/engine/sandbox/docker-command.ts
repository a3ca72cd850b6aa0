import { SentinelError } from "../../../shared/errors.ts";
import { cpuPeriodUs } from "./control-groups.ts";
import type { Laid } from "./docker-programs.ts";
import { gatePlaces, gateScript, readyFd } from "./gate.ts";
import type { SandboxLimits, SandboxSpec } from "./spec.ts";

/** Who the first process runs as, and who what is run for somebody does: neither can touch the other's processes. */
const guard = "65534:65534";
const guest = "65533:65533";
/** Processes of the guard, which are not the guest's. */
export const guardProcesses = 2;

/** Limits while the gate tries to get past them: narrow, so that trying costs little. */
const narrow = { memoryBytes: 32 * 1024 ** 2, processes: 24 };
const variables = "PATH=/usr/bin:/bin";

export interface DockerPlace {
  /** Name of the container; and the label by which what a crash left is found. */
  readonly name: string;
  readonly label: string;
  readonly seccompFile: string;
}

/**
 * Arguments that start a container.
 * @param script what its first process does
 * @param isChecked whether it was checked by another one, and has the limits that were asked for instead of the check's narrow ones
 * @throws SentinelError INPUT_INVALID for a mount whose path Docker cannot be told
 */
export function containerCommand(laid: Laid, place: DockerPlace, script: string, isChecked = false): string[] {
  const { limits } = laid.spec;
  // SECURITY: what follows a comma, or a line's end, would be a further option of the mount: writable, for one.
  const unclear = [...laid.spec.mounts, ...laid.bound].find((mount) => /[,"\r\n]/.test(mount.from + mount.to));
  if (unclear !== undefined) {
    throw new SentinelError(
      "INPUT_INVALID",
      `${unclear.from}: Docker mounts no path with a comma or a quotation mark.`,
    );
  }
  return [
    ...["run", "--rm", "--interactive", "--name", place.name, "--label", `sentinel=${place.label}`],
    // SECURITY: no image is fetched because somebody named one; and nothing that is said is kept.
    ...["--pull", "never", "--log-driver", "none"],
    // SECURITY: its own loopback and nothing else; nor shared memory past the limit of the disk.
    ...["--network", "none", "--ipc", "none"],
    // SECURITY: neither this machine's name nor its name servers, which Docker would write in; the address is nobody's (RFC 5737).
    ...["--hostname", "sandbox", "--dns", "192.0.2.1", "--dns-search", "."],
    ...laid.hosts.flatMap((host) => ["--add-host", host]),
    // SECURITY: only /tmp can be written.
    "--read-only",
    ...["--tmpfs", `/tmp:rw,exec,size=${limits.diskBytes},mode=1777,nosuid,nodev`],
    // SECURITY: the image starts nothing but the command: neither around it nor beside it.
    ...["--entrypoint", "", "--no-healthcheck"],
    ...["--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
    // SECURITY: the same list of system calls as bubblewrap's filter.
    ...["--security-opt", `seccomp=${place.seccompFile}`],
    // Not where the image says: Docker would make that folder, and cannot below one that is laid over and not written. Nor /tmp: where
    // there is none, Docker would make it for that, and the file system over it takes its mode.
    ...["--user", guard, "--workdir", "/"],
    // SECURITY: nor does an image set what its guard, or the check, loads.
    ...[...laid.unset.map((name) => `${name}=`), variables].flatMap((one) => ["--env", one]),
    ...groupLimits(isChecked ? limits : { ...limits, ...narrow }),
    ...ulimits(limits),
    ...laid.bound.flatMap(({ from, to, writable = false }) => [
      "--mount",
      `type=bind,source=${from},target=${to}${writable ? "" : ",readonly"}`,
    ]),
    ...[laid.image, ...laid.shell, "-c", script],
  ];
}

/** SECURITY: where memory runs out, the kernel ends every process of the guest's before the guard, which would end without a word. */
const firstToGo = "echo 500 >/proc/self/oom_score_adj";

/** Arguments that start the gate in the container, and behind it the command. */
export function guestCommand(spec: SandboxSpec, name: string): string[] {
  const isWriting = spec.mounts.some(({ writable = false }) => writable);
  // What is made in there belongs to an account of the container, and is to be removed out here.
  const script = `exec ${readyFd}>&1\n${firstToGo}\n${isWriting ? "umask 0000\n" : ""}${gateScript}`;
  return [
    ...["exec", "--interactive", "--user", guest, "--workdir", "/tmp", name],
    // SECURITY: what an image sets is not seen either.
    ...["/usr/bin/env", "-i", variables, "/usr/bin/sh", "-c", script, "sh"],
    ...[String(narrow.processes + 8), String(narrow.memoryBytes * 2), ...gatePlaces(spec.mounts)],
    ...spec.command,
  ];
}

/**
 * Arguments that start a command of an image in a container of its own that needs no check, since another one was.
 * @param settings file in the container with what the image sets, as `exportLines` writes it
 */
export function imageCommand({ spec, shell }: Laid, name: string, settings: string): string[] {
  const script = `${firstToGo}\n. ${settings}\nexport ${variables}\nexec "$@"`;
  return [
    ...["exec", "--interactive", "--user", guest, "--workdir", "/tmp", name],
    ...[...shell, "-c", script, "sh", ...spec.command],
  ];
}

/**
 * Lines by which a shell sets what an image sets, and passes over what it keeps for itself, which would end it else.
 * @param set each as NAME=VALUE; what is no name of a shell's is left out
 */
export function exportLines(set: readonly string[]): string {
  return set
    .filter((one) => /^[A-Za-z_][A-Za-z0-9_]*=/.test(one))
    .map((one) => `command export '${one.replaceAll("'", "'\\''")}' 2>/dev/null || :\n`)
    .join("");
}

/** Arguments that give a container the limits that were asked for. */
export function liftCommand(limits: SandboxLimits, name: string): string[] {
  return ["update", ...groupLimits(limits), name];
}

function groupLimits({ memoryBytes, processes, cpus }: SandboxLimits): string[] {
  return [
    ...["--memory", String(memoryBytes), "--memory-swap", String(memoryBytes)],
    ...["--pids-limit", String(processes + guardProcesses)],
    // Not --cpus, which Docker refuses where it is more than the machine has: more than all is all.
    ...["--cpu-period", String(cpuPeriodUs), "--cpu-quota", String(Math.round(cpus * cpuPeriodUs))],
  ];
}

function ulimits({ processes, diskBytes }: SandboxLimits): string[] {
  return [
    ...["--ulimit", "nofile=256:256", "--ulimit", "core=0:0", "--ulimit", `fsize=${diskBytes}:${diskBytes}`],
    ...["--ulimit", `nproc=${processes + 512}:${processes + 512}`],
  ];
}
