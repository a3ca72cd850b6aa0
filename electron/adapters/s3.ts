import { GetObjectCommand, HeadObjectCommand, S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import { SentinelError } from "../../shared/errors.ts";
import type { ObjectStore } from "../engine/fleet/object-store.ts";

/** A server and the key that it is spoken to with. */
export interface S3Access {
  /** `http://127.0.0.1:9000`; null: Amazon's own. */
  readonly endpoint: string | null;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Longest silence of the server, milliseconds. */
  readonly timeoutMs: number;
}

export interface S3Options extends S3Access {
  /** Buckets that may be read. */
  readonly buckets: readonly string[];
}

const nothing = () => {};
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

export function createS3Client({ endpoint, region, accessKey, secretKey, timeoutMs }: S3Access, isWriting: boolean) {
  // What is written takes as long as it takes: there, only silence on the line counts. So it does once an answer has begun.
  const answer = isWriting ? {} : { requestTimeout: timeoutMs, throwOnRequestTimeout: true };
  return new S3Client({
    region,
    ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
    requestHandler: { connectionTimeout: timeoutMs, socketTimeout: timeoutMs, ...answer },
    maxAttempts: 3,
    // What fails is thrown; the client's own words would go to the console.
    logger: silent,
  });
}

/** S3, or a server that speaks its protocol, as the fleet's store of evidence. */
export function createS3Store(options: S3Options): ObjectStore {
  const { buckets } = options;
  const client = createS3Client(options, false);

  function place(uri: string): { Bucket: string; Key: string } {
    const [, Bucket, Key] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.{1,1024})$/s.exec(uri) ?? [];
    if (Bucket === undefined || Key === undefined) {
      throw new SentinelError("INPUT_INVALID", "The URI of the evidence is not s3://BUCKET/KEY.");
    }
    // SECURITY: a message names what is read with this engine's own key: deny by default.
    if (!buckets.includes(Bucket)) {
      throw new SentinelError("FORBIDDEN", `The bucket ${Bucket} is not among SENTINEL_S3_BUCKETS.`);
    }
    return { Bucket, Key };
  }

  return {
    async look(uri, signal) {
      try {
        const { ContentLength, ETag } = await client.send(new HeadObjectCommand(place(uri)), { abortSignal: signal });
        return { size: ContentLength ?? 0, version: ETag ?? "" };
      } catch (error) {
        throw toS3Error(error, signal);
      }
    },
    async *read(uri, from, version, signal) {
      try {
        const range = from === 0 ? {} : { Range: `bytes=${from}-` };
        const command = new GetObjectCommand({ ...place(uri), ...range, IfMatch: version });
        const { Body } = await client.send(command, { abortSignal: signal });
        yield* Body as AsyncIterable<Uint8Array>;
      } catch (error) {
        throw toS3Error(error, signal);
      }
    },
    close: () => client.destroy(),
  };
}

/** What S3's client throws, in words of ours. What will not change by itself is no UNAVAILABLE. */
export function toS3Error(error: unknown, signal: AbortSignal): unknown {
  signal.throwIfAborted();
  if (error instanceof SentinelError) return error;
  const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
  const name = error instanceof Error ? error.name : "";
  if (status === 404) return new SentinelError("NOT_FOUND", "S3 does not have the object.", undefined, error);
  if (status === 412) return new SentinelError("CONFLICT", "The object has changed meanwhile.", undefined, error);
  if (status === 403 || status === 401) {
    // It is worth another try once the key's rights are right. But 403 may also be about one object: S3 says it of one that is not there, too,
    // to a key that may not list the bucket.
    return new SentinelError("UNAVAILABLE", `S3 refuses the access: ${name}.`, { denied: status === 403 }, error);
  }
  const words = status === undefined ? (error instanceof Error ? error.message : "it fails") : `status ${status}`;
  return new SentinelError("UNAVAILABLE", `S3 does not answer as it should: ${words.slice(0, 200)}`, undefined, error);
}
