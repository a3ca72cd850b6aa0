import type { SandboxCheck } from "../../../shared/sandbox.ts";
import type { SandboxMount } from "./spec.ts";

/** Descriptor that the first process inside speaks to the supervisor by. */
export const readyFd = 4;

const forkInPython = `
import os, signal, sys
started, said = [], "none"
for _ in range(int(sys.argv[1])):
    try:
        pid = os.fork()
    except OSError:
        said = "cannot fork"
        break
    if pid == 0:
        signal.pause()
    started.append(pid)
for pid in started:
    os.kill(pid, 9)
    os.waitpid(pid, 0)
print(said)
`;

/**
 * The first process inside. It tries what must not be possible, says what came of each on {@link readyFd}, and runs the command
 * only when the supervisor, having read that, says so. So every run is preceded by a check of the very sandbox that it runs in.
 *
 * Parameters: how many processes to try for, how much memory to try for (bytes), those of {@link gatePlaces}, the command.
 *
 * What the fork bomb started is ended and collected by the shell that started it: the first process could not start another
 * while those that have ended still count. Dash gives up at the first failure; bash, which some systems
 * have in its place, would try again for a quarter of a minute.
 *
 * Every mount is tried for a write, also those that nobody asked for. Message queues are no files, and counted as memory.
 *
 * Whoever takes memory offers itself to be ended for want of it: on a busy machine the kernel looks for a second one before the memory
 * of the first is free, and that would be the shell.
 *
 * A shell that cannot start a process ends: that is said too, as a check named `start` that no other reports.
 *
 * Whoever waits here and hears an end instead ends itself: bubblewrap's inner process may ask to die with its parent only after
 * that one has died, and would then stay. `read` takes one line and leaves the rest, which is the command's input.
 */
export const gateScript = `
exec 3>&- 5>&- 5<&-
forks=$1 bytes=$2 own=$3 mounts=$4; shift 4
say() { echo "$1|$2|$3" >&${readyFd}; }
try() { if ( eval "$2" ) >/dev/null 2>&1; then say "$1" failed "it succeeded"; else say "$1" passed ""; fi; }
trap 'say start failed "it could not start a process (the machine, or the account, has no more of them)"' EXIT
{
  while read -r key value; do
    case $key in
      CapInh:|CapPrm:|CapEff:|CapBnd:|CapAmb:)
        case $value in *[!0]*) say "no capabilities" failed "$key $value" ;; esac ;;
      NoNewPrivs:) [ "$value" = 1 ] && say "no new privileges" passed "" || say "no new privileges" failed "$value" ;;
      Seccomp:) [ "$value" = 2 ] && say "system calls are filtered" passed "" || say "system calls are filtered" failed "$value" ;;
    esac
  done </proc/self/status
  say "no capabilities" passed ""
  others=
  while read -r name rest; do
    case $name in Inter-*|face*|lo:*) ;; *) others="$others $name" ;; esac
  done </proc/net/dev
  [ -z "$others" ] && say "no network but its loopback" passed "" || say "no network but its loopback" failed "$others"
  if [ -x /usr/bin/bash ]; then try "no way out of its network" '/usr/bin/bash -c ": >/dev/tcp/192.0.2.1/80"'
  elif [ -x /usr/bin/python3 ]; then try "no way out of its network" '/usr/bin/python3 -c "import socket; socket.create_connection((\\"192.0.2.1\\", 80), 2)"'
  elif [ -x /usr/bin/perl ]; then try "no way out of its network" '/usr/bin/perl -MIO::Socket::INET -e "exit !IO::Socket::INET->new(PeerAddr => q(192.0.2.1:80), Timeout => 2)"'
  fi
  wrote=
  write() {
    place=$1
    [ -d "$place" ] && place=$place/sentinel-probe
    ( : >>"$place" ) 2>/dev/null && wrote="$wrote $place"
  }
  for place in / /usr /dev /dev/shm /proc/sys; do write "$place"; done
  while [ $mounts -gt 0 ]; do write "$1"; mounts=$((mounts - 1)); shift; done
  while read -r mount parent device source place rest; do
    case $place in /tmp|/proc|/proc/*|/dev/mqueue|"$own") ;; *) [ -c "$place" ] || write "$place" ;; esac
  done </proc/self/mountinfo
  [ -z "$wrote" ] && say "no write outside /tmp" passed "" || say "no write outside /tmp" failed "$wrote"
  seen=$(cat /proc/[0-9]*/environ 2>/dev/null | tr '\\000' '\\n' | grep -v -e '^PATH=[/a-z:]*$' -e '^PWD=' -e '^OLDPWD=' -e '^SHLVL=' -e '^_=' -e '^HOME=' -e '^container=podman$' -e '^HOSTNAME=[0-9a-z]*$' -e '^TERM=xterm$' -e '^$' | wc -l)
  [ "$seen" = 0 ] && say "no environment of this machine" passed "" || say "no environment of this machine" failed "$seen variables"
  if [ -n "$BASH_VERSION" ] && [ -x /usr/bin/python3 ]; then fork=$(/usr/bin/python3 -c '${forkInPython}' $forks)
  else
    (
      trap 'kill -9 $all; wait' EXIT
      n=0; while [ $n -lt $forks ]; do sleep 60 & all="$all $!"; n=$((n + 1)); done
      echo none >&2
    ) 2>/tmp/.forks >/dev/null
    read -r fork </tmp/.forks; rm -f /tmp/.forks
  fi
  case $fork in *ork*) say "fork bomb contained" passed "" ;; *) say "fork bomb contained" failed "$fork" ;; esac
  try "memory bomb contained" "echo 1000 >/proc/self/oom_score_adj; dd if=/dev/zero of=/dev/null bs=$bytes count=1"
} </dev/null 2>/dev/null
trap - EXIT
echo ready >&${readyFd}; read -r go || exit; exec ${readyFd}>&-
"$@"
`;

/** Of the gate's parameters: the place that may be written, empty for none; how many others there are; and those. */
export function gatePlaces(mounts: readonly SandboxMount[]): string[] {
  const others = mounts.filter(({ writable = false }) => !writable);
  const own = mounts.find(({ writable = false }) => writable);
  return [own?.to ?? "", String(others.length), ...others.map(({ to }) => to)];
}

/** Every check that the gate reports; one that is missing has not passed. */
export const isolationChecks = [
  "no capabilities",
  "no new privileges",
  "system calls are filtered",
  "no network but its loopback",
  "no way out of its network",
  "no write outside /tmp",
  "no environment of this machine",
  "fork bomb contained",
  "memory bomb contained",
] as const;

/** Why the gate gave up before it had tried everything; null: it did not say. */
export function readGivenUp(said: string): string | null {
  return /^start\|failed\|(.{1,200})$/m.exec(said)?.[1] ?? null;
}

/** What the gate said. SECURITY: a check passed only if it said so, and never that it failed. */
export function readChecks(said: string): SandboxCheck[] {
  const lines = said.split("\n").map((line) => line.split("|"));
  return isolationChecks.map((name) => {
    const results = lines.filter(([given]) => given === name);
    const failed = results.find(([, result]) => result !== "passed");
    if (failed !== undefined) return { name, passed: false, detail: (failed[2] ?? "").slice(0, 200) };
    return { name, passed: results.length > 0, detail: results.length > 0 ? "" : "it could not be tried" };
  });
}
