import { existsSync } from "node:fs";
import { SentinelError } from "../../../shared/errors.ts";
import { gatePlaces, gateScript } from "./gate.ts";
import type { SandboxLimits, SandboxSpec } from "./spec.ts";

/** Descriptor by which what watches the supervisor hears of its end. */
export const lifeFd = 6;

export interface PodmanTools {
  readonly podman: string;
  /** The runtime to name, where podman's own is not there; null: its own. */
  readonly runtime: string | null;
}

export interface ContainerPlace {
  /** Name of the container; and the label by which what a crash left is found. */
  readonly name: string;
  readonly label: string;
  /** An almost empty root, over which the machine's programs are laid, for runs without an image. */
  readonly root: string;
  /** A folder that stands for the settings of an image while it is checked: nothing but places for mounts. */
  readonly etc: string;
  readonly seccompFile: string;
  /** Podman writes the first process's id here. */
  readonly pidFile: string;
}

/** Nobody's account, on Debian and Fedora alike. */
const nobody = "65534:65534";

/**
 * SECURITY: conmon and the container outlive the program that started them; what stays here ends them when the supervisor is gone.
 * The first process's start time is noted as soon as it is there, and compared before it is killed: its id may be another program's
 * by then. The note is looked for a while, since the container may just be coming up.
 */
const watched = `
pidfile=$1; shift
started() { read -r stat </proc/$1/stat && set -- \${stat##*) } && echo \${20}; }
( exec 0<&- 1>&- 2>&- 3>&- 4>&- 5>&- ${lifeFd}<&-
  while [ -d /proc/$$ ] && [ ! -s "$pidfile" ]; do sleep 0.05; done
  # Its line may have no end, which read takes for a failure.
  read -r pid <"$pidfile"; [ "\${pid:-0}" -gt 1 ] && echo "$pid $(started $pid)" >"$pidfile.note" ) 2>/dev/null &
( exec 0<&- 1>&- 2>&- 3>&- 4>&- 5>&-; read -r never <&${lifeFd}
  n=0; while [ $n -lt 40 ] && [ ! -s "$pidfile.note" ]; do sleep 0.05; n=$((n + 1)); done
  read -r pid time <"$pidfile.note" && [ -n "$time" ] && [ "$(started $pid)" = "$time" ] && kill -9 "$pid"
  kill -9 0 ) 2>/dev/null &
exec ${lifeFd}<&-
exec "$@"`;

/**
 * The command that starts one container.
 * @param isCheck whether it is the check, whose programs are this machine's
 * @throws SentinelError INPUT_INVALID for a mount whose path podman cannot be told
 */
export function podmanCommand(tools: PodmanTools, spec: SandboxSpec, place: ContainerPlace, isCheck = false): string[] {
  // SECURITY: what follows a comma, or a line's end, would be a further option of the mount: writable, for one.
  const unclear = spec.mounts.find((mount) => /[,"\r\n]/.test(mount.from + mount.to));
  if (unclear !== undefined) {
    throw new SentinelError(
      "INPUT_INVALID",
      `${unclear.from}: podman mounts no path with a comma or a quotation mark.`,
    );
  }
  return [
    ...["/bin/sh", "-c", watched, "sh", place.pidFile],
    tools.podman,
    ...(tools.runtime === null ? [] : ["--runtime", tools.runtime]),
    ...["run", "--rm", "--interactive", "--name", place.name, "--label", `sentinel=${place.label}`],
    ...["--pidfile", place.pidFile, "--log-driver", "none"],
    // SECURITY: no image is fetched because somebody named one.
    ...["--pull", "never"],
    // SECURITY: its own loopback and nothing else; nor shared memory past the limit of the disk.
    ...["--network", "none", "--ipc", "none"],
    ...isolation(place.seccompFile),
    ...limitsOf(spec.limits),
    // SECURITY: neither proxies nor anything else of this machine's environment.
    ...["--http-proxy=false", "--env", "PATH=/usr/bin:/bin"],
    // What an image sets is not this machine's, and would be taken for it.
    ...(isCheck && spec.image !== undefined ? ["--unsetenv-all"] : []),
    // SECURITY: what is run for somebody hears nothing and says nothing but by its own input and output.
    ...(isCheck ? ["--preserve-fds", "2"] : []),
    ...["--workdir", "/tmp"],
    ...spec.mounts.flatMap(({ from, to, writable = false }) => [
      "--mount",
      `type=bind,source=${from},destination=${to},ro=${!writable}`,
    ]),
    // What is made in there belongs to an account of the container, and is to be removed out here.
    ...(spec.mounts.some(({ writable = false }) => writable) ? ["--umask", "0000"] : []),
    ...programsOf(spec, place.etc, isCheck).flatMap((volume) => ["--volume", volume]),
    ...(spec.image === undefined ? ["--rootfs", place.root] : [spec.image]),
    ...spec.command,
  ];
}

function isolation(seccompFile: string): string[] {
  return [
    // SECURITY: only /tmp can be written.
    ...["--read-only", "--read-only-tmpfs=false"],
    // SECURITY: a volume that the image names would be a writable folder of this machine, without a limit.
    ...["--image-volume", "ignore"],
    // SECURITY: the image starts nothing but the command: neither around it nor beside it.
    ...["--entrypoint", "", "--no-healthcheck"],
    ...["--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
    // SECURITY: the same list of system calls as bubblewrap's filter.
    ...["--security-opt", `seccomp=${seccompFile}`],
    ...["--user", nobody],
  ];
}

function limitsOf({ memoryBytes, processes, cpus, diskBytes }: SandboxLimits): string[] {
  return [
    ...["--tmpfs", `/tmp:rw,size=${diskBytes},mode=1777,nosuid,nodev`],
    ...["--memory", String(memoryBytes), "--memory-swap", String(memoryBytes)],
    ...["--pids-limit", String(processes), "--cpus", String(cpus)],
    ...["--ulimit", "nofile=256:256", "--ulimit", "core=0:0", "--ulimit", `fsize=${diskBytes}:${diskBytes}`],
    ...["--ulimit", `nproc=${processes + 512}:${processes + 512}`],
  ];
}

/**
 * The check from inside, as a run of its own of the same image under the same flags, with limits that cost little to try. The image
 * may have no shell to check with: this machine's programs are laid over it.
 */
export function checkSpec(spec: SandboxSpec): SandboxSpec {
  const narrow = { memoryBytes: 32 * 1024 ** 2, processes: 24 };
  const parameters = [String(narrow.processes + 8), String(narrow.memoryBytes * 2)];
  return {
    ...spec,
    command: ["/usr/bin/sh", "-c", gateScript, "sh", ...parameters, ...gatePlaces(spec.mounts), "/usr/bin/true"],
    input: null,
    limits: { ...spec.limits, ...narrow },
  };
}

/**
 * What is seen of this machine's programs. They are laid over an image that is checked. SECURITY: and an empty folder over its
 * settings: what those name would be loaded into the programs that check.
 */
function programsOf({ image }: SandboxSpec, etc: string, isCheck: boolean): string[] {
  const usr = "/usr:/usr:ro";
  if (image === undefined) return [usr];
  if (!isCheck) return [];
  const folders = ["/bin", "/lib", "/lib64"].filter((folder) => existsSync(`/usr${folder}`));
  return [usr, `${etc}:/etc:ro`, ...folders.map((folder) => `/usr${folder}:${folder}:ro`)];
}
