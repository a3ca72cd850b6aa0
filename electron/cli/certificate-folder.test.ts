import { X509Certificate } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tokenHash } from "../api/network-files.ts";
import { type Clock, systemClock } from "../engine/base/clock.ts";
import { fileNames, openCertificateFolder } from "./certificate-folder.ts";

const day = 86_400_000;
const shifted = (ms: number): Clock => ({ ...systemClock, now: () => systemClock.now() + ms });
let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "sentinel-certificates-")), "certs");
});
afterEach(() => rmSync(join(folder, ".."), { recursive: true, force: true }));

const open = (ms = 0) => openCertificateFolder(folder, shifted(ms));
const read = (name: string) => readFileSync(join(folder, name), "utf8");
const certificate = (name: string) => new X509Certificate(read(name));

test("the authority signs leaves of P-256: a server by its names, a client by name and role", async () => {
  const files = await open();
  expect(await files.server(["sentinel.example", "127.0.0.1", "::1"])).toBe(true);
  const path = await files.client("anna", "approver");
  const authority = certificate(fileNames.authority);
  const server = certificate(fileNames.server);
  const client = new X509Certificate(readFileSync(path));
  expect(authority.ca).toBe(true);
  for (const leaf of [server, client]) {
    expect(leaf.verify(authority.publicKey)).toBe(true);
    expect(leaf.ca).toBe(false);
    expect(leaf.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
    expect(Date.parse(leaf.validTo) - Date.now()).toBeLessThanOrEqual(90 * day);
    // A peer whose clock is an hour behind takes it.
    expect(Date.parse(leaf.validFrom)).toBeLessThan(Date.now() - 3_600_000);
  }
  expect(server.checkHost("sentinel.example")).toBe("sentinel.example");
  expect(server.checkIP("::1")).toBe("::1");
  expect(client.subject).toBe("CN=anna\nOU=approver");
  // SECURITY: by its purpose neither does the other's work.
  expect([server.keyUsage, client.keyUsage]).toEqual([["1.3.6.1.5.5.7.3.1"], ["1.3.6.1.5.5.7.3.2"]]);
});

test("nothing may be read by others, and what others may read is not used", async () => {
  const files = await open();
  await files.server([]);
  await files.client("anna", "viewer");
  files.token("bot", "viewer");
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true });
  expect(paths.length).toBeGreaterThan(8);
  for (const one of paths) {
    const { mode } = statSync(join(one.parentPath, one.name));
    expect([one.name, mode & 0o777]).toEqual([one.name, one.isDirectory() ? 0o700 : 0o600]);
  }
  chmodSync(join(folder, fileNames.authorityKey), 0o640);
  await expect(open()).rejects.toThrow("ca.key may be read by others; set its mode to 0600.");
});

describe("renewal", () => {
  test.each([
    { why: "fresh", after: 0, names: [], want: false },
    { why: "with two thirds left", after: 29 * day, names: [], want: false },
    { why: "with less than a third left", after: 61 * day, names: [], want: true },
    { why: "for other names", after: 0, names: ["b.example"], want: true },
    { why: "for the same names in another order", after: 0, names: ["127.0.0.1", "localhost"], want: false },
  ])("$why: $want", async ({ after, names, want }) => {
    await (await open()).server(["localhost", "127.0.0.1"]);
    const before = certificate(fileNames.server);
    expect(await (await open(after)).server(names)).toBe(want);
    const now = certificate(fileNames.server);
    expect(now.serialNumber === before.serialNumber).toBe(!want);
    if (names.length === 0) expect(now.subjectAltName).toBe(before.subjectAltName);
  });

  test("an authority that ends before its certificates would says so", async () => {
    await open();
    await expect(open(4.9 * 365 * day)).rejects.toThrow(/ca\.crt ends at .*: make another folder/);
  });
});

describe("revocation", () => {
  test("covers every certificate and token of a name, once", async () => {
    const files = await open();
    const serials = [];
    for (const role of ["viewer", "admin"] as const) {
      serials.push(new X509Certificate(readFileSync(await files.client("anna", role))).serialNumber);
    }
    await files.client("bert", "viewer");
    const token = files.token("anna", "analyst");
    expect(files.revoke("anna")).toBe(3);
    const lines = [...serials.map((serial) => `certificate ${serial}`), `token ${tokenHash(token)}`];
    expect(read(fileNames.revoked)).toBe(`${lines.join("\n")}\n`);
    files.revoke("anna");
    expect(read(fileNames.revoked)).toBe(`${lines.join("\n")}\n`);
    expect(read(fileNames.tokens)).not.toContain(token);
  });

  test("of nobody is refused", async () => {
    const files = await open();
    expect(() => files.revoke("nobody")).toThrow('was made for "nobody"');
  });
});

test.each(["", "Anna", "a b", "engine", "analyst", "program", "a/OU=admin", "anna\nOU=admin", "a".repeat(65), "../x"])(
  "%j is no name",
  async (name) => {
    const files = await open();
    await expect(files.client(name, "viewer")).rejects.toMatchObject({ code: "INPUT_INVALID" });
    expect(() => files.token(name, "viewer")).toThrow("cannot be a name");
    expect(read(fileNames.issued)).toBe("");
  },
);

test.each(["", "a b", "-a.example", "a..b", "x:y", "*.example"])("%j is no server", async (name) => {
  const files = await open();
  await expect(files.server([name])).rejects.toMatchObject({ code: "INPUT_INVALID" });
  expect(readdirSync(folder)).not.toContain(fileNames.server);
});
