import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { SentinelError } from "../../shared/errors.ts";
import { isOlder, Release, type ReleaseFile, SignedRelease } from "../../shared/release.ts";
import { isSigned } from "./learn/registry/model-signature.ts";

/** Largest `update.json` that is read, bytes. */
export const mostManifestBytes = 65_536;

/** A key as it is written: `ed25519:` and the 32 bytes of RFC 8032 in base64url. */
export const keyPattern = /^ed25519:[A-Za-z0-9_-]{43}$/;

/**
 * The key that releases are signed with, as it was put into `resources/update-key.txt` when the application was built.
 * @returns null: it was built with none
 * @throws SentinelError SETTING_INVALID where the file holds no key
 */
export async function readUpdateKey(resources: string): Promise<string | null> {
  let text: string;
  try {
    text = (await readFile(join(resources, "update-key.txt"), "utf8")).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  // SECURITY: what cannot be a key must not be taken for "without a check".
  if (!keyPattern.test(text)) {
    throw new SentinelError("SETTING_INVALID", "resources/update-key.txt holds no key: ed25519: and 43 characters.");
  }
  return text;
}

/**
 * Reads `update.json`.
 * @param key that has to have signed it
 * @throws SentinelError RELEASE_REFUSED
 */
export function readRelease(text: string, key: string): Release {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw refused("It is not JSON.");
  }
  const signed = SignedRelease.safeParse(given);
  if (!signed.success) throw refused("It is no signed release.");
  const { release, signature } = signed.data;
  // SECURITY: nothing of it is used, not even its shape, before the one key that the application came with vouches for all of it.
  if (signature.key !== key) throw refused("It is signed with another key than the application came with.");
  if (!isSigned(signature, "sentinel-release", release)) throw refused("It was changed after it was signed.");
  const parsed = Release.safeParse(release);
  if (!parsed.success) throw refused("It is signed, and says something that this version does not understand.");
  return parsed.data;
}

/** @throws SentinelError RELEASE_REFUSED where a release is no newer than what runs */
export function requireNewer({ version }: Pick<Release, "version">, running: string): void {
  // SECURITY: an old version has holes that are known since; its signature is as good as ever.
  if (!isOlder(running, version)) throw refused(`Version ${version} is not newer than ${running}, which runs.`);
}

/**
 * Passes the bytes of a file on, and ends well only if they are all of what was signed.
 * @throws SentinelError RELEASE_REFUSED as soon as there are more than were said, and at the end
 */
export async function* checkBytes(
  source: AsyncIterable<Uint8Array>,
  { name, bytes, sha512 }: Pick<ReleaseFile, "name" | "bytes" | "sha512">,
): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha512");
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    // SECURITY: a server that never ends must not fill the disk.
    if (size > bytes) throw refused(`${name} is larger than the ${bytes} bytes that were signed.`);
    hash.update(chunk);
    yield chunk;
  }
  if (size < bytes) throw refused(`${name} ends after ${size} of ${bytes} bytes.`);
  if (hash.digest("hex") !== sha512) throw refused(`${name} is not the file that was signed.`);
}

/**
 * Holds a file on this machine against a release.
 * @param name as the release has it
 * @throws SentinelError RELEASE_REFUSED, and what the disk says
 */
export async function checkFile(path: string, name: string, release: Release): Promise<ReleaseFile> {
  const file = release.files.find((one) => one.name === name);
  if (file === undefined) throw refused(`${name} is no file of version ${release.version}.`);
  for await (const _ of checkBytes(createReadStream(path), file));
  return file;
}

export function refused(why: string): SentinelError {
  return new SentinelError("RELEASE_REFUSED", why);
}
