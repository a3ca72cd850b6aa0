import { SentinelError } from "../../shared/errors.ts";
import type { Clock } from "../engine/base/clock.ts";
import type { Config } from "../engine/base/config.ts";
import type { ObjectShelf } from "../engine/fleet/object-shelf.ts";
import type { S3Access } from "./s3.ts";
import { readMountedSecret } from "./secrets.ts";

/** The bucket that this engine shares with others, as it was told; null: there is none. @throws SentinelError SETTING_INVALID */
export async function createShelf(config: Config, clock: Clock): Promise<ObjectShelf | null> {
  const bucket = config.SENTINEL_S3_SHELF;
  const { SENTINEL_S3_SHELF_LOCK: lock, SENTINEL_S3_SHELF_SSE: encryption } = config;
  if (bucket === "") {
    // SECURITY: who wants reports kept, or what is put locked, must hear that nothing is put.
    const given = (["LOCK", "REPORTS"] as const).find(
      (name) => ![false, "none"].includes(config[`SENTINEL_S3_SHELF_${name}`]),
    );
    if (given === undefined) return null;
    throw new SentinelError("SETTING_INVALID", `SENTINEL_S3_SHELF_${given}: it needs SENTINEL_S3_SHELF.`);
  }
  const access = s3AccessOf(config, "SENTINEL_S3_SHELF");
  const { createS3Shelf } = await import("./s3-shelf.ts");
  return createS3Shelf({
    ...{ ...access, bucket, clock },
    lock:
      lock === "none"
        ? null
        : { mode: lock === "governance" ? "GOVERNANCE" : "COMPLIANCE", days: config.SENTINEL_S3_SHELF_LOCK_DAYS },
    encryption: encryption === "none" ? null : encryption,
  });
}

/** @param setting that needs the server. @throws SentinelError SETTING_INVALID where a secret is not mounted */
export function s3AccessOf(config: Config, setting: string): S3Access {
  const [accessKey, secretKey] = (["s3_access_key", "s3_secret_key"] as const).map((name) => {
    const secret = readMountedSecret(config.SENTINEL_SECRETS, name);
    if (secret === null) {
      throw new SentinelError("SETTING_INVALID", `${setting}: the secret ${name} is not mounted.`);
    }
    return secret;
  });
  return {
    endpoint: config.SENTINEL_S3_ENDPOINT ?? null,
    region: config.SENTINEL_S3_REGION,
    accessKey: accessKey!,
    secretKey: secretKey!,
    timeoutMs: config.SENTINEL_S3_TIMEOUT_MS,
  };
}
