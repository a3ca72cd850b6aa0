import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { SentinelError } from "../../shared/errors.ts";

/** Names of secrets in the folder, as Docker and Kubernetes mount them. */
export const secretNames = [
  "claude_api_key",
  "sentinel_pin",
  "kafka_password",
  "fleet_key",
  "s3_access_key",
  "s3_secret_key",
  "postgres_password",
  "otlp_token",
] as const;
export type SecretName = (typeof secretNames)[number];

/**
 * A secret from the folder of mounted secrets, without surrounding white space; null where there is none.
 * @throws SentinelError SETTING_INVALID for a file that is empty, cannot be read, or may be read by others
 */
export function readMountedSecret(folder: string, name: SecretName): string | null {
  const path = join(folder, name);
  if (!existsSync(path)) return null;
  const refuse = (why: string, cause?: unknown) =>
    new SentinelError("SETTING_INVALID", `SENTINEL_SECRETS: ${path} ${why}.`, undefined, cause);
  try {
    // SECURITY: mounts are links within the folder; one that leads elsewhere is somebody's trick.
    const real = realpathSync(path);
    if (!real.startsWith(realpathSync(folder) + sep)) throw refuse("leads out of the folder");
    // SECURITY: what others may write is nobody's secret. Others may read what Docker mounts (0444 within the container).
    const { mode, size } = statSync(real);
    if (process.platform !== "win32" && (mode & 0o022) !== 0) throw refuse("may be written by others");
    if (size > 10_000) throw refuse("is no secret: it is larger than 10 kB");
    const text = readFileSync(real, "utf8").trim();
    if (text === "") throw refuse("is empty");
    return text;
  } catch (error) {
    if (error instanceof SentinelError) throw error;
    throw refuse("cannot be read", error);
  }
}

/**
 * A secret from a file, without surrounding white space.
 * @throws SentinelError SETTING_INVALID when the file is missing, empty, or readable by others and `ownerOnly`
 */
export function readSecretFile(setting: string, path: string, ownerOnly: boolean): string {
  let text: string;
  try {
    // SECURITY: a token that other accounts can read is no secret. Windows keeps no such bits.
    if (ownerOnly && process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0) {
      throw new SentinelError("SETTING_INVALID", `${setting}: ${path} may be read by others; set its mode to 0600.`);
    }
    text = readFileSync(path, "utf8").trim();
  } catch (error) {
    if (error instanceof SentinelError) throw error;
    throw new SentinelError("SETTING_INVALID", `${setting}: ${path} cannot be read.`, undefined, error);
  }
  if (text === "") throw new SentinelError("SETTING_INVALID", `${setting}: ${path} is empty.`);
  return text;
}

/** Certificates of a file, which are no secret. @throws SentinelError SETTING_INVALID when it cannot be read */
export function readPem(setting: string, path: string | undefined): string | null {
  if (path === undefined) return null;
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new SentinelError("SETTING_INVALID", `${setting}: ${path} cannot be read.`, undefined, error);
  }
}
