import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Release } from "../shared/release.ts";
import { createUpdateServerOpener } from "./adapters/update-server.ts";
import type { Principal } from "./engine/base/principals.ts";
import {
  analyst,
  changeSettings,
  finished,
  openTestEngine,
  shippedResources,
  type TestEngine,
  temporaryHome,
} from "./engine/test-engine.ts";
import {
  fileOf,
  manifestOf,
  type ReleaseServer,
  releaseKey,
  resourcesWithKey,
  startReleaseServer,
} from "./fixture-releases.ts";

const person: Principal = { ...analyst, actor: "somebody", role: "analyst" };
const content = Buffer.from("a new version of everything ".repeat(40_000));
const file = fileOf("sentinel_1.3.0_amd64.deb", content);
const release: Release = {
  version: "1.3.0",
  released_at: "2026-06-01T09:00:00.000Z",
  notes: "Faster.\nSafer.",
  files: [file, { ...file, platform: file.platform === "win32" ? "linux" : "win32", name: "elsewhere.exe" }],
};
const at = "/sentinel/update.json";
const fileAt = `/sentinel/${file.name}`;
const openUpdateServer = createUpdateServerOpener({ debug: () => undefined });

let folder: string;
let resources: string;
let home: string;
let server: ReleaseServer;
let t: TestEngine;

const open = (version = "1.2.0") => openTestEngine({ home, resources, version, openUpdateServer });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sentinel-releases-"));
  resources = resourcesWithKey(shippedResources, join(folder, "resources"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  home = temporaryHome();
  server = await startReleaseServer();
  server.answers.set(at, manifestOf(release));
  server.answers.set(fileAt, content);
  t = await open();
});
afterEach(async () => {
  await t.close();
  await server.close();
  rmSync(home, { recursive: true, force: true });
});

const updates = () => (existsSync(join(home, "updates")) ? readdirSync(join(home, "updates")) : []);

/** Sets the server and asks it. */
async function look() {
  if ((await t.engine.releases.status()).server === null) await changeSettings(t, { update_server: server.address });
  return await t.engine.releases.look();
}

async function fetched(name = file.name) {
  const { job_id } = await t.engine.releases.fetch({ version: "1.3.0", name }, person);
  return await finished(t, job_id);
}

test("nobody is asked unless an admin sets a server, which is shown among whom the engine speaks to", async () => {
  await expect(t.engine.releases.look()).rejects.toMatchObject({ code: "CONFLICT" });
  expect(await t.engine.releases.status()).toMatchObject({ server: null, looked_at: null, newer: null, fetched: null });
  const change = { changes: { update_server: server.address }, base_version: 0 };
  await expect(t.engine.settings.change(change, person)).rejects.toMatchObject({ code: "FORBIDDEN" });
  expect((await t.engine.assistant.egress({ limit: 10 })).others).toEqual([]);
  await changeSettings(t, { update_server: server.address });
  expect((await t.engine.assistant.egress({ limit: 10 })).others).toEqual([
    { what: "update", to: new URL(server.address).origin },
  ]);
  expect(server.asked).toEqual([]);
});

test.each(["http://updates.example/", "https://user:secret@updates.example/", "https://u.example/?q=1", "file:///etc"])(
  "the address %s is refused",
  async (update_server) => {
    await expect(changeSettings(t, { update_server })).rejects.toThrow(/an update server is written as/);
  },
);

test("a newer version is told with what it says, is downloaded when somebody asks, and outlives a restart", async () => {
  const told = await look();
  expect(told).toMatchObject({ version: "1.2.0", problem: null, fetched: null });
  expect(told.newer).toEqual({
    version: "1.3.0",
    released_at: release.released_at,
    notes: release.notes,
    files: [{ name: file.name, bytes: content.length }],
  });
  expect(server.asked).toEqual([at]);
  expect(updates()).toEqual([]);
  const health = await t.engine.health();
  expect(health.newer_version).toBe("1.3.0");
  expect(health.components.updates).toEqual({ status: "healthy", detail: "Version 1.3.0 is there" });

  const job = await fetched();
  expect(job).toMatchObject({ state: "done", done: content.length, total: content.length, unit: "bytes" });
  const path = join(home, "updates", file.name);
  expect(job.result).toEqual({ version: "1.3.0", name: file.name, path });
  expect(readFileSync(path).equals(content)).toBe(true);
  if (process.platform !== "win32") expect(statSync(path).mode & 0o777).toBe(0o600);
  const { entries } = await t.engine.audit.log({ after: 0, limit: 500, brief: "0" });
  expect(entries.at(-1)).toMatchObject({ kind: "release.fetched", actor: "somebody" });

  await t.close();
  t = await open();
  expect((await t.engine.releases.status()).fetched).toMatchObject({ version: "1.3.0", path });
  await t.close();
  // Installed meanwhile: nothing of it is left.
  t = await open("1.3.0");
  expect((await t.engine.releases.status()).fetched).toBeNull();
  expect(updates()).toEqual([]);
});

describe("what the server says is used only where", () => {
  const { release: signed, signature } = JSON.parse(manifestOf(release));
  test.each([
    { why: "it is signed", says: JSON.stringify({ release: signed }), problem: /no signed release/ },
    {
      why: "our key signed it",
      says: manifestOf(release, Buffer.alloc(32, 6)),
      problem: /another key than the application came with/,
    },
    {
      why: "the key that is named signed it",
      says: JSON.stringify({
        release: signed,
        signature: { ...JSON.parse(manifestOf(release, Buffer.alloc(32, 6))).signature, key: releaseKey },
      }),
      problem: /changed after it was signed/,
    },
    {
      why: "nothing was changed since",
      says: JSON.stringify({ release: { ...signed, version: "9.0.0" }, signature }),
      problem: /changed after it was signed/,
    },
    {
      why: "it is newer",
      says: manifestOf({ ...release, version: "1.1.9" }),
      problem: /1\.1\.9 is not newer than 1\.2\.0/,
    },
    {
      why: "a name leads nowhere else",
      says: manifestOf({ ...release, files: [{ ...file, name: "../keys" }] }),
      problem: /does not understand/,
    },
    { why: "it is JSON", says: "<html>", problem: /not JSON/ },
    { why: "it is of the size that such a thing has", says: "x".repeat(70_000), problem: /larger than any/ },
  ])("$why", async ({ says, problem }) => {
    server.answers.set(at, says);
    const status = await look();
    expect(status.problem).toMatch(problem);
    expect(status.newer).toBeNull();
    expect((await t.engine.health()).components.updates?.status).toBe("degraded");
    await expect(fetched()).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(server.asked).toEqual([at]);
  });
});

test("it is looked for once a day, and not while panic holds", async () => {
  let now = Date.parse("2026-06-01T12:00:00.000Z");
  await t.close();
  t = await openTestEngine({ home, resources, version: "1.2.0", openUpdateServer, clock: { now: () => now } });
  await t.engine.lookForReleaseIfDue();
  expect(server.asked).toEqual([]);
  await changeSettings(t, { update_server: server.address });
  await t.engine.lookForReleaseIfDue();
  now += 86_399_999;
  await t.engine.lookForReleaseIfDue();
  expect(server.asked).toEqual([at]);
  now += 1;
  await t.engine.lookForReleaseIfDue();
  expect(server.asked).toEqual([at, at]);
  now += 86_400_000;
  await expect(t.engine.panic({}, analyst)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await t.engine.lookForReleaseIfDue();
  expect(server.asked).toEqual([at, at]);
});

test("the version that runs is no news and no problem", async () => {
  server.answers.set(at, manifestOf({ ...release, version: "1.2.0" }));
  expect(await look()).toMatchObject({ problem: null, newer: null });
});

test("a server that is away, refuses or leads elsewhere is told", async () => {
  const other = await startReleaseServer();
  try {
    server.answers.set(at, (response) => {
      response.writeHead(302, { location: `${other.address}/update.json` }).end();
    });
    expect((await look()).problem).toContain(new URL(server.address).origin);
    expect(other.asked).toEqual([]);
    server.answers.delete(at);
    expect((await look()).problem).toContain("status 404");
  } finally {
    await other.close();
  }
  await changeSettings(t, { update_server: other.address });
  expect((await t.engine.releases.look()).problem).toContain(new URL(other.address).origin);
});

describe("a download is kept only if it is what was signed:", () => {
  const changed = Buffer.from(content);
  changed[1000]! ^= 1;
  test.each([
    { why: "changed", sends: changed, problem: /is not the file that was signed/ },
    { why: "cut short", sends: content.subarray(0, 5000), problem: /ends after 5000 of/ },
    { why: "longer", sends: Buffer.concat([content, Buffer.from("x")]), problem: /larger than the/ },
  ])("not one that is $why", async ({ sends, problem }) => {
    await look();
    server.answers.set(fileAt, sends);
    const job = await fetched();
    expect(job).toMatchObject({ state: "failed", error: { code: "RELEASE_REFUSED" } });
    expect(job.error?.message).toMatch(problem);
    expect(updates()).toEqual([]);
    expect((await t.engine.releases.status()).fetched).toBeNull();
  });

  test("not one whose connection breaks off", async () => {
    await look();
    server.answers.set(fileAt, (response) => {
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 5000), () => response.destroy());
    });
    expect(await fetched()).toMatchObject({ state: "failed", error: { code: "UNAVAILABLE" } });
    expect(updates()).toEqual([]);
  });

  test("an endless one ends when it is larger than was signed", async () => {
    await look();
    let sent = 0;
    server.answers.set(fileAt, (response) => {
      response.on("error", () => {});
      const more = () => {
        while (!response.destroyed && response.write(content)) sent += content.length;
        if (!response.destroyed) response.once("drain", more);
      };
      more();
    });
    expect(await fetched()).toMatchObject({ state: "failed", error: { code: "RELEASE_REFUSED" } });
    expect(sent).toBeLessThan(100 * content.length);
  });
});

/** Begins a download of which the server sends no more than a part. */
async function beginEndless(): Promise<string> {
  await look();
  const begun = new Promise<void>((resolve) => {
    server.answers.set(fileAt, (response) => {
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 5000), () => resolve());
    });
  });
  const { job_id } = await t.engine.releases.fetch({ version: "1.3.0", name: file.name }, person);
  await begun;
  return job_id;
}

test("a download can be cancelled, and there is one at a time", async () => {
  const id = await beginEndless();
  await expect(fetched()).rejects.toMatchObject({ code: "CONFLICT" });
  await t.engine.jobs.cancel({ id }, person);
  expect((await finished(t, id)).state).toBe("cancelled");
  expect(updates()).toEqual([]);
});

test("panic stops a download, and nothing is asked until an admin re-arms", async () => {
  const id = await beginEndless();
  // There is no supervisor here that could end a sandbox: all else is stopped all the same.
  await expect(t.engine.panic({}, analyst)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(await finished(t, id)).toMatchObject({ state: "failed", error: { code: "CANCELLED" } });
  expect(updates()).toEqual([]);
  const asked = server.asked.length;
  await expect(t.engine.releases.look()).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(fetched()).rejects.toMatchObject({ code: "CONFLICT" });
  expect(server.asked.length).toBe(asked);
  await t.engine.response.rearm({ reason: "The drill is over." }, analyst);
  expect((await t.engine.releases.look()).newer?.version).toBe("1.3.0");
});

test("a download ends when an admin takes its server out of the settings", async () => {
  const id = await beginEndless();
  await changeSettings(t, { update_server: "" });
  expect(await finished(t, id)).toMatchObject({ state: "failed", error: { code: "CANCELLED" } });
  expect(updates()).toEqual([]);
});

test("what was downloaded and is no longer whole is not shown", async () => {
  await look();
  await fetched();
  const path = join(home, "updates", file.name);
  writeFileSync(path, "short");
  expect((await t.engine.releases.status()).fetched).toBeNull();
  const other = Buffer.from(content);
  other[1000]! ^= 1;
  writeFileSync(path, other);
  expect((await t.engine.releases.status()).fetched).toBeNull();
  writeFileSync(path, content);
  expect((await t.engine.releases.status()).fetched).toMatchObject({ path });
  writeFileSync(join(home, "updates", "update.json"), manifestOf(release, Buffer.alloc(32, 6)));
  expect((await t.engine.releases.status()).fetched).toBeNull();
});

test("an application that was built without a key asks nobody and says so", async () => {
  await t.close();
  t = await openTestEngine({ home, version: "1.2.0", openUpdateServer });
  await changeSettings(t, { update_server: server.address });
  expect((await t.engine.releases.status()).key).toBeNull();
  await expect(t.engine.releases.look()).rejects.toThrow(/built without a key for updates/);
  expect((await t.engine.health()).components.updates).toBeUndefined();
  expect(server.asked).toEqual([]);
});

test("a key that is none stops the start, and does not stand for none", async () => {
  await t.close();
  const broken = resourcesWithKey(shippedResources, join(folder, "broken"), "ed25519:short");
  await expect(openTestEngine({ home, resources: broken })).rejects.toMatchObject({ code: "SETTING_INVALID" });
  t = await open();
});

test("what a crash left of a download is removed at the start", async () => {
  await t.close();
  mkdirSync(join(home, "updates"));
  writeFileSync(join(home, "updates", `${file.name}.partial`), "x");
  t = await open();
  expect(updates()).toEqual([]);
});
