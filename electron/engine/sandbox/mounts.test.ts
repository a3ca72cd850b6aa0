import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { egressInside } from "./egress-proxy.ts";
import { resolveMounts } from "./mounts.ts";

const folder = mkdtempSync(join(realpathSync(tmpdir()), "sentinel-mounts-"));
afterAll(() => rmSync(folder, { recursive: true }));
symlinkSync("/proc", join(folder, "link-to-proc"));
symlinkSync(folder, join(folder, "link-to-itself"));

test("a link is followed before it is mounted", async () => {
  const from = join(folder, "link-to-itself");
  expect(await resolveMounts([{ from, to: "/app" }], [])).toEqual([{ from: folder, to: "/app" }]);
});

test.skipIf(process.platform === "win32").each([
  { from: folder, to: "/usr/lib", why: "the place inside" },
  { from: folder, to: "/lib64", why: "the place inside" },
  { from: folder, to: "/proc", why: "the place inside" },
  { from: folder, to: "/app/../usr", why: "the place inside" },
  { from: folder, to: "/", why: "the place inside" },
  { from: folder, to: "app", why: "the place inside" },
  { from: "relative", to: "/app", why: "not absolute" },
  { from: join(folder, "missing"), to: "/app", why: "does not exist" },
  { from: join(folder, "link-to-proc"), to: "/app", why: "not a folder or file of data" },
  { from: "/", to: "/app", why: "not a folder or file of data" },
  { from: folder, to: "/tmp", why: "the place inside" },
  { from: folder, to: "/tmp/.forks", why: "the place inside" },
  { from: folder, to: "/etc", why: "the place inside" },
  { from: folder, to: "/etc/ld.so.preload", why: "the place inside" },
  { from: folder, to: "/etc/ld.so.conf.d", why: "the place inside" },
  { from: folder, to: "/sentinel-guard/sh", why: "the place inside" },
])("$from is not mounted at $to", async ({ from, to, why }) => {
  await expect(resolveMounts([{ from, to }], [])).rejects.toThrow(why);
});

describe.skipIf(process.platform === "win32")("the scratch folder", () => {
  const home = join(folder, "scratch-home");
  const scratch = join(home, "run/scratch");
  beforeAll(() => {
    for (const made of ["one", "two"]) mkdirSync(join(scratch, made), { recursive: true });
    mkdirSync(join(home, "run/other"));
    symlinkSync(join(home, "run/other"), join(scratch, "link"));
  });

  test("is the only place of the data of which something is mounted, and one folder of it may be written", async () => {
    const mounts = [
      { from: join(scratch, "one"), to: "/work", writable: true },
      { from: join(scratch, "two"), to: "/tmp/policies" },
    ];
    expect(await resolveMounts(mounts, [home], scratch)).toEqual(mounts);
  });

  test.each([
    { mounts: [{ from: scratch, to: "/work" }], why: "own data" },
    { mounts: [{ from: join(home, "run/other"), to: "/work" }], why: "own data" },
    { mounts: [{ from: join(scratch, "link"), to: "/work" }], why: "own data" },
    { mounts: [{ from: scratch, to: "/work", writable: true }], why: "only one folder may be written" },
    { mounts: [{ from: folder, to: "/work", writable: true }], why: "only one folder may be written" },
    { mounts: [{ from: join(scratch, "link"), to: "/work", writable: true }], why: "only one folder may be written" },
    {
      mounts: ["one", "two"].map((name) => ({ from: join(scratch, name), to: `/${name}`, writable: true })),
      why: "only one",
    },
  ])("$why: $mounts", async ({ mounts, why }) => {
    await expect(resolveMounts(mounts, [home], scratch)).rejects.toThrow(why);
  });

  test("is none where none is told", async () => {
    await expect(resolveMounts([{ from: join(scratch, "one"), to: "/work", writable: true }], [])).rejects.toThrow(
      "only one",
    );
  });
});

describe.skipIf(process.platform === "win32")("what would be a way out", () => {
  const home = join(folder, "home");
  const run = join(home, "run");
  const app = join(folder, "app");
  const pipes = join(folder, "pipes");
  const servers: Server[] = [];
  const listen = async (path: string) => {
    const server = createServer();
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(path, resolve));
    chmodSync(path, 0o777);
  };
  beforeAll(async () => {
    for (const made of [join(home, "secrets"), run, join(app, "data/deep"), pipes, `${home}-beside`]) {
      mkdirSync(made, { recursive: true });
    }
    writeFileSync(join(home, "secrets/master.key"), "key");
    await listen(join(app, "data/deep/service.sock"));
    await listen(join(run, "egress-7.sock"));
    await listen(join(run, "panic.sock"));
    execFileSync("mkfifo", [join(pipes, "pipe")]);
  });
  afterAll(() => {
    for (const server of servers) server.close();
  });

  test.each([
    { from: home, why: "own data" },
    { from: folder, why: "own data" },
    { from: join(home, "secrets"), why: "own data" },
    { from: join(home, "secrets/master.key"), why: "own data" },
    { from: join(run, "panic.sock"), to: egressInside, why: "own data" },
    { from: app, why: "it holds a socket, a pipe or a device" },
    { from: join(app, "data/deep/service.sock"), why: "it is a socket" },
    { from: join(app, "data/deep/service.sock"), to: egressInside, why: "it is a socket" },
    { from: pipes, why: "it holds a socket, a pipe or a device" },
    { from: "/var/../dev/null", why: "not a folder or file of data" },
  ])("is not mounted: $from at $to", async ({ from, to = "/app", why }) => {
    await expect(resolveMounts([{ from, to }], [home])).rejects.toThrow(why);
  });

  test("is not mistaken for a folder beside it, nor for the proxy that records", async () => {
    const mounts = [
      { from: `${home}-beside`, to: "/app" },
      { from: join(run, "egress-7.sock"), to: egressInside },
    ];
    expect(await resolveMounts(mounts, [home])).toEqual(mounts);
  });

  test("is looked for in folders of some size only", async () => {
    const large = join(folder, "large");
    mkdirSync(large);
    for (let n = 0; n <= 100_000; n += 1) closeSync(openSync(join(large, String(n)), "w"));
    await expect(resolveMounts([{ from: large, to: "/app" }], [])).rejects.toThrow("more than 100000 files");
  }, 60_000);
});
