import { randomBytes, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { SentinelError } from "../../shared/errors.ts";
import type { Role } from "../../shared/route.ts";
import { createToken } from "../api/credentials.ts";
import { appendLine, isAccountName, tokenHash } from "../api/network-files.ts";
import { type Clock, toInstant } from "../engine/base/clock.ts";
import { type Issued, issueCertificate, makeAuthority } from "./issue-certificate.ts";

const day = 86_400_000;
/** How long certificates of servers and clients hold. */
const leafMs = 90 * day;
const authorityMs = 5 * 365 * day;

/** Files of a folder of certificates. */
export const fileNames = {
  authority: "ca.crt",
  authorityKey: "ca.key",
  server: "server.crt",
  serverKey: "server.key",
  /** `SERIAL NAME ROLE END`, a line for each client certificate that was made. */
  issued: "issued.txt",
  revoked: "revoked.txt",
  tokens: "tokens.txt",
} as const;

/** Certificates, tokens and revocations of one installation, as files with mode 0600. */
export interface CertificateFolder {
  /** Makes the server's certificate, unless one of these names holds for more than a third of its time. @returns whether it was made */
  server(names: readonly string[]): Promise<boolean>;
  /** Makes a client's certificate beside those it has. @returns path of the certificate, whose key lies beside it */
  client(name: string, role: Role): Promise<string>;
  /** @returns the token, which lies nowhere but with whoever gets it */
  token(name: string, role: Role): string;
  /** Revokes whatever was made for a name. @returns how many certificates and tokens that were */
  revoke(name: string): number;
}

/**
 * Opens a folder, and makes it, with an own certificate authority, where it is not there.
 * @throws SentinelError SETTING_INVALID for a folder whose keys others may read, or whose authority ends
 */
export async function openCertificateFolder(folder: string, clock: Clock): Promise<CertificateFolder> {
  const at = (name: string) => join(folder, name);
  const now = clock.now();
  if (!existsSync(at(fileNames.authority))) {
    const made = await makeAuthority({ now, lastsMs: authorityMs });
    // The engine refuses everybody where a list is missing: there are empty ones from the start.
    for (const list of [fileNames.issued, fileNames.revoked, fileNames.tokens]) {
      if (!existsSync(at(list))) writePrivate(at(list), "");
    }
    writePrivate(at(fileNames.authorityKey), made.key);
    writePrivate(at(fileNames.authority), made.certificate);
  }
  const authority: Issued = {
    certificate: readPrivate(at(fileNames.authority)),
    key: readPrivate(at(fileNames.authorityKey)),
  };
  const end = endOf(authority.certificate);
  // What it signs would end with it.
  if (end - now < leafMs) {
    throw new SentinelError(
      "SETTING_INVALID",
      `${at(fileNames.authority)} ends at ${toInstant(end)}: make another folder, and give its certificates out.`,
    );
  }
  const issue = (subject: Parameters<typeof issueCertificate>[0]["subject"]) =>
    issueCertificate({ authority, subject, now, lastsMs: leafMs });

  return {
    async server(names) {
      const wanted = names.length > 0 ? names : namesOf(at(fileNames.server));
      if (holds(at(fileNames.server), wanted, now)) return false;
      const made = await issue({ kind: "server", names: wanted });
      writePrivate(at(fileNames.serverKey), made.key);
      writePrivate(at(fileNames.server), made.certificate);
      return true;
    },
    async client(name, role) {
      requireName(name);
      const made = await issue({ kind: "client", name, role });
      const { serialNumber } = new X509Certificate(made.certificate);
      // Before the certificate is there: none is given out that cannot be revoked by its name.
      appendLine(at(fileNames.issued), `${serialNumber} ${name} ${role} ${toInstant(endOf(made.certificate))}`);
      const path = at(join("clients", `${name}.crt`));
      writePrivate(at(join("clients", `${name}.key`)), made.key);
      writePrivate(path, made.certificate);
      return path;
    },
    token(name, role) {
      requireName(name);
      const token = createToken();
      appendLine(at(fileNames.tokens), `${name} ${role} ${tokenHash(token)}`);
      return token;
    },
    revoke(name) {
      const certificates = linesOf(at(fileNames.issued)).filter(([, owner]) => owner === name);
      const tokens = linesOf(at(fileNames.tokens)).filter(([owner]) => owner === name);
      const lines = [
        ...certificates.map(([serial]) => `certificate ${serial}`),
        ...tokens.map(([, , hash]) => `token ${hash}`),
      ];
      if (lines.length === 0) {
        throw new SentinelError("NOT_FOUND", `Nothing in ${folder} was made for "${name}".`);
      }
      const known = new Set(linesOf(at(fileNames.revoked)).map((line) => line.join(" ")));
      for (const line of lines) if (!known.has(line)) appendLine(at(fileNames.revoked), line);
      return lines.length;
    },
  };
}

function requireName(name: string): void {
  if (isAccountName(name)) return;
  throw new SentinelError(
    "INPUT_INVALID",
    `"${name}" cannot be a name: up to 64 of a-z, 0-9, ".", "_", "@" and "-", and none that Sentinel uses itself.`,
  );
}

function endOf(certificate: string): number {
  return Date.parse(new X509Certificate(certificate).validTo);
}

/** DNS names and addresses of a certificate; this machine's own where there is none yet. */
function namesOf(path: string): string[] {
  if (!existsSync(path)) return ["localhost", "127.0.0.1"];
  const text = new X509Certificate(readPrivate(path)).subjectAltName ?? "";
  return text.split(", ").map((entry) => entry.replace(/^(DNS|IP Address):/, ""));
}

function holds(path: string, names: readonly string[], now: number): boolean {
  if (!existsSync(path)) return false;
  const isSame = [...namesOf(path)].sort().join() === [...names].sort().join();
  return isSame && endOf(readPrivate(path)) - now > leafMs / 3;
}

function linesOf(path: string): string[][] {
  return readPrivate(path)
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => line.split(" "));
}

function readPrivate(path: string): string {
  // SECURITY: whoever may write here decides who comes in, and whoever reads a key is its owner. Windows keeps no such bits.
  try {
    if (process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0) {
      throw new SentinelError("SETTING_INVALID", `${path} may be read by others; set its mode to 0600.`);
    }
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof SentinelError) throw error;
    throw new SentinelError("SETTING_INVALID", `${path} cannot be read.`, undefined, error);
  }
}

function writePrivate(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    // SECURITY: made with its mode, never readable by others in between, and never written through somebody's link.
    writeFileSync(temporary, text, { mode: 0o600, flag: "wx" });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new SentinelError("SETTING_INVALID", `${path} cannot be written.`, undefined, error);
  }
}
