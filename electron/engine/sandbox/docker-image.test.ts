import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDocker } from "./docker.ts";
import { defaultLimits, type SandboxDriver } from "./driver.ts";
import { findDocker, importPrograms, type TestDocker } from "./fixture-docker.ts";
import { probeIsolation } from "./probe.ts";
import type { SandboxSpec } from "./spec.ts";

const found = await findDocker();
if (typeof found === "string") console.warn(`SKIPPED: containers of an image of Docker's: ${found}`);
const docker = found as TestDocker;
const slow = 120_000;

describe.skipIf(typeof found === "string")("an image's programs in Docker", { timeout: slow }, () => {
  const label = `sentinel-test-image-${process.pid}`;
  let image: string;
  let own: SandboxDriver;
  beforeAll(async () => {
    image = importPrograms(docker, "ENV OF_THE_IMAGE=1", 'ENTRYPOINT ["/usr/bin/false"]', "USER 0:0");
    own = await openDocker({ label: label, host: docker.host, image });
  }, slow);
  afterAll(async () => {
    await own?.close();
    docker.docker("rmi", image);
    await docker.stop();
  }, slow);

  test("a sandbox is checked, and has nothing of this machine", async () => {
    const checks = await probeIsolation(own);
    expect(checks).toHaveLength(9);
    const { output } = await run({ command: ["/usr/bin/bash", "-c", "id -u; env; echo /usr/bin/*; ls /"] });
    expect(output).toMatch(/^65533\n/);
    expect(output).not.toMatch(/OF_THE_IMAGE|perl|home/);
  });

  test("mounts are in it, as root's own, and its Node stands for this machine's", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sentinel-docker-mount-"));
    const file = join(folder, "word.txt");
    const hosts = join(folder, "hosts");
    writeFileSync(file, "one\n", { mode: 0o600 });
    writeFileSync(hosts, "127.0.0.1 localhost decoy.invalid # not this\n");
    const mounts = [
      { from: process.execPath, to: "/sim/node", program: "node" },
      { from: folder, to: "/data" },
      { from: file, to: "/etc/passwd" },
      { from: hosts, to: "/etc/hosts" },
    ] as const;
    const code = `const fs = require("node:fs");
    const { uid, mode } = fs.statSync("/data/word.txt");
    console.log(process.execPath, uid, (mode & 0o777).toString(8), fs.readFileSync("/etc/passwd", "utf8").trim());
    console.log(/^127.0.0.1\\tdecoy.invalid$/m.test(fs.readFileSync("/etc/hosts", "utf8")));
    try { fs.writeFileSync("/data/word.txt", "") } catch (error) { console.log(error.code) }`;
    const read = async () => (await run({ mounts, command: ["/sim/node", "-e", code] })).output;
    expect(await read()).toBe("/usr/local/bin/node 0 644 one\ntrue\nEROFS\n");
    const images = () =>
      docker.docker("images", "--all", "--quiet", "--filter", `label=sentinel=${label}`).split("\n").length;
    const before = images();
    expect(await read()).toContain("one");
    // The same mounts are not laid in again …
    expect(images()).toBe(before);
    writeFileSync(file, "two, later\n");
    // … and others are.
    expect(await read()).toContain("two, later");
    rmSync(folder, { recursive: true });
  });

  test("of what a run was given of the data nothing stays in an image, nothing is written, and it says so", async () => {
    const scratch = mkdtempSync(join(tmpdir(), "sentinel-docker-scratch-"));
    const folder = join(scratch, "run");
    mkdirSync(folder);
    writeFileSync(join(folder, "word.txt"), "secret\n");
    const options = { label: `${label}-2`, host: docker.host, image, scratch, closed: [scratch] };
    const other = await openDocker(options);
    const writing = [{ from: folder, to: "/work", writable: true }];
    await expect(run({ mounts: writing }, other)).rejects.toThrow("Nothing can write a folder of this machine");
    const mounts = [{ from: folder, to: "/work" }];
    const { output } = await run({ mounts, command: ["/usr/bin/cat", "/work/word.txt"] }, other);
    expect(output).toBe("secret\n");
    const layers = () => docker.docker("images", "--quiet", "--filter", `label=sentinel=${label}-2`);
    await expect.poll(() => layers(), { timeout: 30_000 }).toBe("");
    await other.close();
    rmSync(scratch, { recursive: true });
  });

  test("an image with volumes, and one that is not here, are refused", async () => {
    const writing = importPrograms(docker, "VOLUME /vol");
    const open = (name: string) => openDocker({ label: `${label}-refused`, host: docker.host, image: name });
    await expect(open(writing)).rejects.toThrow("names volumes");
    await expect(open("localhost/nowhere:1")).rejects.toThrow("docker pull localhost/nowhere:1");
    docker.docker("rmi", writing);
  });

  test.skipIf(docker?.hidden === null)(
    "a daemon that does not see this machine's files is not used without one",
    async () => {
      const before = process.env.TMPDIR;
      // What the driver shows it lies there.
      process.env.TMPDIR = docker.hidden!;
      const opening = openDocker({ label: `${label}-far`, host: docker.host }).finally(() => {
        if (before === undefined) delete process.env.TMPDIR;
        else process.env.TMPDIR = before;
      });
      await expect(opening).rejects.toThrow("SENTINEL_SANDBOX_IMAGE has to name an image");
    },
  );

  async function run(given: Partial<SandboxSpec>, by = own) {
    let output = "";
    const limits = { ...defaultLimits, wallMs: 60_000 };
    const spec: SandboxSpec = { label: "test", command: ["/usr/bin/true"], mounts: [], input: null, limits };
    const sandbox = await by.start({ ...spec, ...given }, (chunk) => {
      output += Buffer.from(chunk).toString("utf8");
    });
    return { ...(await sandbox.ended), output };
  }
});
