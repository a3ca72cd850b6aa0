import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectRetentionCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { freePort, serverPath } from "./fixture-servers.ts";

/** Where `npm test` builds it: Versity's S3 gateway over a folder. */
const program = serverPath("versitygw-v1.8.0", "versitygw");
const startMs = 20_000;

/** Null: a real S3 server can be started. Else why not. */
export function noS3(): string | null {
  return existsSync(program) ? null : "versitygw could not be built";
}

/** A real S3 server on 127.0.0.1; it checks keys and signatures. */
export interface S3Server {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  put(bucket: string, key: string, body: Uint8Array): Promise<void>;
  makeBucket(name: string): Promise<void>;
  keys(bucket: string): Promise<string[]>;
  /** As who may end a retention of mode GOVERNANCE early. */
  endRetention(bucket: string, key: string): Promise<void>;
  /** Everything else that S3 can do, with its owner's rights. */
  readonly client: S3Client;
  close(): Promise<void>;
}

async function untilItAnswers(client: S3Client, end: number): Promise<void> {
  while (
    !(await client.send(new ListBucketsCommand({})).then(
      () => true,
      () => false,
    ))
  ) {
    if (Date.now() > end) throw new Error("The S3 server does not start.");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** @param buckets that it has from the start; @param locked buckets that have versions and object lock */
export async function startS3(buckets: readonly string[], locked: readonly string[] = []): Promise<S3Server> {
  const folder = mkdtempSync(join(tmpdir(), "sentinel-s3-"));
  const home = join(folder, "objects");
  const versions = join(folder, "versions");
  mkdirSync(home);
  mkdirSync(versions);
  const port = await freePort();
  const [accessKey, secretKey] = ["sentinel-test", randomBytes(20).toString("hex")];
  const child = spawn(program, ["--port", `127.0.0.1:${port}`, "posix", "--versioning-dir", versions, home], {
    cwd: folder,
    env: { PATH: process.env.PATH, ROOT_ACCESS_KEY: accessKey, ROOT_SECRET_KEY: secretKey },
    stdio: "ignore",
  });
  // A run that is broken off leaves no server behind.
  process.once("exit", () => child.kill("SIGKILL"));
  const endpoint = `http://127.0.0.1:${port}`;
  const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey };
  const client = new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials });
  const close = async () => {
    client.destroy();
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const end = Date.now() + startMs;
    // Without a bucket to make, what waits until it answers.
    if (buckets.length + locked.length === 0) await untilItAnswers(client, end);
    for (const bucket of [...buckets, ...locked]) {
      const lock = locked.includes(bucket) ? { ObjectLockEnabledForBucket: true } : {};
      for (;;) {
        try {
          await client.send(new CreateBucketCommand({ Bucket: bucket, ...lock }));
          break;
        } catch (error) {
          if (child.exitCode !== null || Date.now() > end) throw error;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    endpoint,
    accessKey,
    secretKey,
    client,
    async makeBucket(Bucket) {
      await client.send(new CreateBucketCommand({ Bucket }));
    },
    async keys(Bucket) {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
      return Contents.map(({ Key = "" }) => Key);
    },
    async endRetention(Bucket, Key) {
      const Retention = { Mode: "GOVERNANCE" as const, RetainUntilDate: new Date(Date.now() + 1000) };
      const command = { Bucket, Key, BypassGovernanceRetention: true, Retention };
      await client.send(new PutObjectRetentionCommand(command));
      await new Promise((resolve) => setTimeout(resolve, 1500));
    },
    async put(bucket, key, body) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
    },
    close,
  };
}

/** Mounts the server's keys as an engine finds them: a file each, in a folder of secrets that is there. */
export function writeS3Secrets(
  folder: string,
  { accessKey, secretKey }: Pick<S3Server, "accessKey" | "secretKey">,
): void {
  writeFileSync(join(folder, "s3_access_key"), accessKey, { mode: 0o600 });
  writeFileSync(join(folder, "s3_secret_key"), secretKey, { mode: 0o600 });
}
