import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDocker } from "./docker.ts";
import { defaultLimits, type SandboxDriver } from "./driver.ts";
import { findDocker, importPrograms, type TestDocker } from "./fixture-docker.ts";
import type { SandboxSpec } from "./spec.ts";

const found = await findDocker();
if (typeof found === "string") console.warn(`SKIPPED: somebody's images in Docker: ${found}`);
const docker = found as TestDocker;
const slow = 120_000;

describe.skipIf(typeof found === "string")("somebody's image in Docker", { timeout: slow }, () => {
  const label = `sentinel-test-own-${process.pid}`;
  const bash = (script: string) => ({ command: ["/usr/bin/bash", "-c", `exec 2>&1; ${script}`] as const });
  const secret = `${randomUUID()} of 'it' "all"\nand $HOME`;
  let image: string;
  let driver: SandboxDriver;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "sentinel-own-image-"));
    const preload = join(folder, "ld.so.preload");
    writeFileSync(preload, "/of-the-image.so\n");
    const bare = importPrograms(docker, 'ENTRYPOINT ["/usr/bin/false"]', "USER 0:0", "WORKDIR /usr/src/app");
    const set = ["OF_THE_IMAGE=set", `DB_PASSWORD=${secret}`, "BASH_FUNC_read%%=() { exit 1; }", "UID=0", "PPID=0"];
    const create = ["create", "--network", "none", ...set.flatMap((one) => ["--env", one])];
    const container = docker.docker(...create, bare);
    docker.docker("cp", preload, `${container}:/etc/ld.so.preload`);
    image = docker.docker("commit", container);
    docker.docker("rm", container);
    driver = await openDocker({ label, host: docker.host });
  }, slow);
  afterAll(async () => {
    await driver?.close();
    docker.docker("rmi", "--force", image);
    await docker.stop();
    rmSync(folder, { recursive: true });
  }, slow);

  const live = () => docker.docker("ps", "--all", "--quiet", "--filter", `label=sentinel=${label}`);

  test("it is checked, and runs with what the image sets and nothing of this machine", async () => {
    const script = 'id -u; echo "$OF_THE_IMAGE"; ls /home; : >/x; echo y >/tmp/y && cat /tmp/y; exit 3';
    const { isolation, output, code, reason } = await run(bash(script));
    expect(isolation).toHaveLength(9);
    expect(isolation.filter(({ passed }) => !passed)).toEqual([]);
    expect({ code, reason }).toEqual({ code: 3, reason: "exit" });
    expect(output).toMatch(/^65533\nset\n/);
    expect(output).toMatch(/cannot access '\/home'(?:.*\n)+.*\/x: Read-only file system\ny\n/);
  });

  test("it gets its input and its mounts, which it cannot write", async () => {
    const word = join(folder, "word");
    writeFileSync(word, "mounted\n", { mode: 0o644 });
    const mounts = [{ from: word, to: "/etc/issue" }];
    const script = "cat; cat /etc/issue; echo x >/etc/issue";
    const { output } = await run({ ...bash(script), mounts, input: Buffer.from("given\n") });
    expect(output).toMatch(/^given\nmounted\n.*Read-only file system\n$/);
  });

  test("nothing that it names is loaded into its guard", async () => {
    const script = 'echo "[$(cat /etc/ld.so.preload)]"; echo up; sleep 600';
    let output = "";
    const up = Promise.withResolvers<void>();
    const sandbox = await driver.start(specOf({ ...bash(script) }), (chunk) => {
      output += Buffer.from(chunk).toString("utf8");
      if (output.includes("up\n")) up.resolve();
    });
    await up.promise;
    expect(output).toContain("[]\n");
    const pid = docker.docker("inspect", "--format", "{{.State.Pid}}", live());
    const environ = readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
    expect(environ).toEqual(expect.arrayContaining(["OF_THE_IMAGE=", "BASH_FUNC_read%%="]));
    expect(readFileSync(`/proc/${pid}/maps`, "latin1")).toContain("/sentinel-guard/lib/");
    sandbox.kill("panic");
    expect(await sandbox.ended).toMatchObject({ reason: "panic" });
    await expect.poll(live, { timeout: 30_000 }).toBe("");
  });

  test("no command line of this machine has what it sets", async () => {
    let output = "";
    const up = Promise.withResolvers<void>();
    const script = 'printf "%s]" "$DB_PASSWORD"; sleep 600';
    const sandbox = await driver.start(specOf(bash(script)), (chunk) => {
      output += Buffer.from(chunk).toString("utf8");
      if (output.endsWith("]")) up.resolve();
    });
    await Promise.race([up.promise, sandbox.ended]);
    expect(output).toBe(`${secret}]`);
    const lines = commandLines();
    // What else runs here is no part of what a failure says.
    expect([lines.includes(script), lines.includes(secret.slice(0, 36))]).toEqual([true, false]);
    sandbox.kill("panic");
    await sandbox.ended;
  });

  test("its limits are those that were asked for", async () => {
    const limits = { ...defaultLimits, memoryBytes: 64 * 1024 ** 2 };
    const greedy = ["/usr/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=96M", "count=1"] as const;
    expect(await run({ command: greedy, limits })).toMatchObject({ reason: "memory" });
    const brief = { ...defaultLimits, wallMs: 1_000 };
    expect(await run({ ...bash("sleep 600 & sleep 600"), limits: brief })).toMatchObject({ reason: "time" });
  });

  test("one that is ended while it is checked leaves nothing", async () => {
    const stop = new AbortController();
    const starting = driver.start(specOf(bash("sleep 600")), undefined, stop.signal);
    await expect.poll(live, { timeout: 30_000, interval: 5 }).not.toBe("");
    stop.abort();
    await expect(starting).rejects.toMatchObject({ code: "CANCELLED" });
    await expect.poll(live, { timeout: 30_000 }).toBe("");
  });

  test("one with volumes, one that is not here, and one that would write are refused", async () => {
    const writing = importPrograms(docker, "VOLUME /vol");
    await expect(run({ image: writing })).rejects.toThrow("names volumes (/vol)");
    docker.docker("rmi", writing);
    await expect(run({ image: "localhost/nowhere:1" })).rejects.toThrow("docker pull localhost/nowhere:1");
    const scratch = join(folder, "scratch");
    const work = join(scratch, "work");
    mkdirSync(work, { recursive: true });
    const writer = await openDocker({ label: `${label}-3`, host: docker.host, scratch });
    const starting = writer.start(specOf({ mounts: [{ from: work, to: "/work", writable: true }] }));
    await expect(starting).rejects.toThrow("Nothing of this machine is written from an image");
    await writer.close();
    expect(live()).toBe("");
  });

  test("beside an image's programs there is no place for another image", async () => {
    const other = await openDocker({ label: `${label}-2`, host: docker.host, image });
    expect([other.runsImages, driver.runsImages]).toEqual([false, true]);
    await expect(other.start(specOf({}))).rejects.toThrow("without SENTINEL_SANDBOX_IMAGE");
    await other.close();
  });

  /** Of every process of this machine. */
  function commandLines(): string {
    const read = (pid: string) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8");
      } catch {
        // It ended meanwhile.
        return "";
      }
    };
    return readdirSync("/proc").filter(Number).map(read).join("\n");
  }

  function specOf(given: Partial<SandboxSpec>): SandboxSpec {
    const limits = { ...defaultLimits, wallMs: 60_000 };
    return { label: "test", image, command: ["/usr/bin/true"], mounts: [], input: null, limits, ...given };
  }

  async function run(given: Partial<SandboxSpec>) {
    let output = "";
    const sandbox = await driver.start(specOf(given), (chunk) => {
      output += Buffer.from(chunk).toString("utf8");
    });
    return { ...(await sandbox.ended), output };
  }
});
