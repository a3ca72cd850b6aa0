import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultLimits, type SandboxDriver } from "./driver.ts";
import { type Escape, lateSocket } from "./fixture-escape-tools.ts";
import { listEscapes, listFatalEscapes, listMemoryEscapes } from "./fixture-escapes.ts";
import type { Machine } from "./system-calls.ts";

/** What came of an attempt. */
export interface Tried {
  readonly name: string;
  readonly came: string;
  /** Whether it failed for the reason that it has to fail for. */
  readonly isHeld: boolean;
}

/**
 * Tries every escape in real sandboxes, beside files, sockets and services that are there to be reached.
 * @param isMemoryCounted whether a control group counts all memory; else that is tried too
 */
export async function tryEscapes(driver: SandboxDriver, machine: Machine, isMemoryCounted = true): Promise<Tried[]> {
  const outside = mkdtempSync(join(tmpdir(), "sentinel-outside-"));
  const folder = join(outside, "app");
  const servers: Server[] = [];
  const listen = async (where: { path: string } | { host: string; port: number }): Promise<number> => {
    const server = createServer((socket) => socket.destroy());
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(where, resolve));
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  };
  try {
    mkdirSync(folder);
    for (const made of [outside, folder]) chmodSync(made, 0o755);
    const file = join(outside, "secret.txt");
    writeFileSync(file, "secret", { mode: 0o644 });
    symlinkSync(file, join(folder, "link"));
    const socket = join(outside, "service.sock");
    const abstractSocket = `sentinel-escape-${process.pid}`;
    const port = await listen({ host: "127.0.0.1", port: 0 });
    await listen({ path: socket });
    chmodSync(socket, 0o777);
    await listen({ path: `\0${abstractSocket}` });
    const outer = { machine, pid: process.pid, file, socket, abstractSocket, port };
    const all = [...listEscapes(outer), ...(isMemoryCounted ? [] : listMemoryEscapes(machine))];
    // Calls that this machine's kernel does not have.
    const isRoot = process.getuid?.() === 0;
    const escapes = all.filter(({ code, needsRoot }) => !code.includes("kernel(-1") && (isRoot || needsRoot !== true));
    const whenUp = async () => {
      await listen({ path: join(folder, lateSocket) });
      chmodSync(join(folder, lateSocket), 0o777);
    };
    const tried = await tryTogether(driver, folder, escapes, defaultLimits.memoryBytes, whenUp);
    rmSync(join(folder, lateSocket), { force: true });
    for (const one of listFatalEscapes(machine)) {
      tried.push(...(await tryTogether(driver, folder, [one], 256 * 1024 ** 2)));
    }
    return tried;
  } finally {
    for (const server of servers) server.close();
    rmSync(outside, { recursive: true, force: true });
  }
}

async function tryTogether(
  driver: SandboxDriver,
  folder: string,
  escapes: readonly Escape[],
  memoryBytes: number,
  whenUp: () => Promise<void> = async () => undefined,
): Promise<Tried[]> {
  writeFileSync(join(folder, "attempts.pl"), perlOf(escapes), { mode: 0o644 });
  let output = "";
  const sandbox = await driver.start(
    {
      label: "Escape attempts",
      command: ["/usr/bin/perl", "/app/attempts.pl"],
      mounts: [{ from: folder, to: "/app" }],
      input: null,
      limits: { ...defaultLimits, memoryBytes, wallMs: 90_000 },
    },
    (chunk, stream) => {
      if (stream === "stdout") output += Buffer.from(chunk).toString("utf8");
    },
  );
  await whenUp();
  const exit = await sandbox.ended;
  return escapes.map(({ name, reason }, n) => {
    const came = new RegExp(`^${n}\t(.*)$`, "m").exec(output)?.[1] ?? `the sandbox ended: ${exit.reason}`;
    return { name, came, isHeld: reason.test(came) };
  });
}

/** A program that tries them one after another, each in a process of its own, and writes a line for each. */
function perlOf(escapes: readonly Escape[]): string {
  const attempts = escapes.map(({ code }) => `sub { ${code} }`).join(",\n");
  return `
no warnings; our ($f, $s, $b); $| = 1;
sub kernel { my ($n, @a) = @_; syscall($n, @a) }
sub reason { my $r = "$!"; $r eq "" ? "no reason" : $r }
sub failed { $_[0] ? "escaped" : reason() }
my @attempts = (${attempts});
for my $n (0 .. $#attempts) {
  pipe(my $in, my $out);
  my $pid = fork();
  if ($pid == 0) { close $in; $! = 0; my $got = eval { $attempts[$n]->() }; $got = "died: $@" if $@; syswrite($out, $got); exit 0 }
  close $out;
  my $said = join("", <$in>); waitpid($pid, 0);
  $said = ($? & 127) ? "ended by signal " . ($? & 127) : "ended with " . ($? >> 8) if $said eq "";
  $said =~ s/\\s+/ /g;
  print "$n\\t$said\\n";
}
`;
}

/** The attempts as the documentation shows them. */
export function escapesTable(escapes: readonly Escape[]): string {
  const areas = [...new Set(escapes.map(({ area }) => area))];
  const sections = areas.map((area) => {
    const rows = escapes.filter((one) => one.area === area);
    return `## ${area}\n| attempt | stopped by |\n|---|---|\n${rows.map(({ name, stoppedBy }) => `| ${name} | ${stoppedBy} |`).join("\n")}\n`;
  });
  return `# Attempts to get out of a sandbox

Each of these ${escapes.length} is tried from inside a real sandbox by the tests, on every machine that has bubblewrap, and has to fail for the reason named.
This page is written by the same test.

${sections.join("\n")}`;
}
