import { SentinelError } from "../../shared/errors.ts";
import type { Config } from "../engine/base/config.ts";
import type { FleetPorts } from "../engine/fleet/fleet-ports.ts";
import type { ObjectStore } from "../engine/fleet/object-store.ts";
import type { KafkaOptions } from "./kafka.ts";
import { readMountedSecret, readPem, readSecretFile } from "./secrets.ts";
import { s3AccessOf } from "./shelf.ts";

const listOf = (text: string) => text.split(",").flatMap((one) => (one.trim() === "" ? [] : [one.trim()]));

/**
 * What this engine works with others by, as it was told.
 * @returns null where it works alone
 * @throws SentinelError SETTING_INVALID naming the setting
 */
export async function createFleetPorts(config: Config, nodeId: string): Promise<FleetPorts | null> {
  const brokers = listOf(config.SENTINEL_KAFKA_BROKERS);
  if (brokers.length === 0) return null;
  for (const broker of brokers) {
    if (/^[^\s/@]+:\d{1,5}$/.test(broker)) continue;
    throw new SentinelError("SETTING_INVALID", "SENTINEL_KAFKA_BROKERS: a broker is written as HOST:PORT.");
  }
  const bus = { brokers, clientId: `sentinel-${nodeId}`, tls: tlsOf(config), sasl: saslOf(config) };
  // Loaded here: who works alone starts without them.
  const { createKafkaBus } = await import("./kafka.ts");
  return { bus: createKafkaBus(bus), objects: await objectsOf(config), keys: keysOf(config) };
}

/** One in a line: two while the fleet changes from one key to another. */
function keysOf({ SENTINEL_SECRETS }: Config): Buffer[] {
  const text = readMountedSecret(SENTINEL_SECRETS, "fleet_key");
  return (text?.split(/\s+/) ?? []).map((line) => {
    const key = Buffer.from(line, "base64");
    // SECURITY: a word that somebody can think of is no key.
    if (key.length === 32 && key.toString("base64") === line) return key;
    throw new SentinelError(
      "SETTING_INVALID",
      "SENTINEL_SECRETS: fleet_key is not 32 bytes in base64 (openssl rand -base64 32), or such keys, one in a line.",
    );
  });
}

function tlsOf(config: Config): KafkaOptions["tls"] {
  if (!config.SENTINEL_KAFKA_TLS) {
    // SECURITY: a password, or a certificate, shows that encryption was meant.
    const given = (["USER", "CA_FILE", "CERT_FILE", "KEY_FILE"] as const).find(
      (name) => config[`SENTINEL_KAFKA_${name}`] !== undefined,
    );
    if (given === undefined) return null;
    throw new SentinelError("SETTING_INVALID", `SENTINEL_KAFKA_${given}: it needs SENTINEL_KAFKA_TLS=true.`);
  }
  const key = config.SENTINEL_KAFKA_KEY_FILE;
  return {
    ca: readPem("SENTINEL_KAFKA_CA_FILE", config.SENTINEL_KAFKA_CA_FILE),
    cert: readPem("SENTINEL_KAFKA_CERT_FILE", config.SENTINEL_KAFKA_CERT_FILE),
    key: key === undefined ? null : readSecretFile("SENTINEL_KAFKA_KEY_FILE", key, true),
  };
}

function saslOf({ SENTINEL_KAFKA_USER, SENTINEL_KAFKA_MECHANISM, SENTINEL_SECRETS }: Config): KafkaOptions["sasl"] {
  if (SENTINEL_KAFKA_USER === undefined) return null;
  const password = readMountedSecret(SENTINEL_SECRETS, "kafka_password");
  if (password === null) {
    throw new SentinelError("SETTING_INVALID", "SENTINEL_KAFKA_USER: the secret kafka_password is not mounted.");
  }
  return { mechanism: SENTINEL_KAFKA_MECHANISM, username: SENTINEL_KAFKA_USER, password };
}

async function objectsOf(config: Config): Promise<ObjectStore | null> {
  const buckets = listOf(config.SENTINEL_S3_BUCKETS);
  if (buckets.length === 0) return null;
  const access = s3AccessOf(config, "SENTINEL_S3_BUCKETS");
  const { createS3Store } = await import("./s3.ts");
  return createS3Store({ ...access, buckets });
}
