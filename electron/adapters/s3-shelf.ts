import { Readable } from "node:stream";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ObjectLockMode,
  PutObjectCommand,
  S3ServiceException,
  type ServerSideEncryption,
} from "@aws-sdk/client-s3";
import { SentinelError } from "../../shared/errors.ts";
import type { Clock } from "../engine/base/clock.ts";
import type { ObjectShelf, ShelfFacts } from "../engine/fleet/object-shelf.ts";
import { createS3Client, type S3Access, toS3Error } from "./s3.ts";

export interface ShelfOptions extends S3Access {
  readonly bucket: string;
  /** Retention of what is put; null: none. */
  readonly lock: { readonly mode: ObjectLockMode; readonly days: number } | null;
  /** Null: as the bucket has it. */
  readonly encryption: ServerSideEncryption | null;
  readonly clock: Clock;
}

const dayMs = 86_400_000;
/** What one PUT may carry; beyond it S3 asks for parts. */
const mostBytes = 5 * 1024 ** 3;

/** A bucket of S3, or of a server that speaks its protocol, that engines share. */
export function createS3Shelf(options: ShelfOptions): ObjectShelf {
  const { bucket: Bucket, lock, encryption, clock } = options;
  const client = createS3Client(options, true);
  let isLockKnown = false;

  async function look(Key: string, signal: AbortSignal): Promise<ShelfFacts> {
    try {
      const command = new HeadObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" });
      const { ContentLength, ETag, ChecksumSHA256 } = await client.send(command, { abortSignal: signal });
      const sha256 = ChecksumSHA256 === undefined ? null : Buffer.from(ChecksumSHA256, "base64").toString("hex");
      return { size: ContentLength ?? 0, version: ETag ?? "", sha256 };
    } catch (error) {
      throw toS3Error(error, signal);
    }
  }

  /**
   * Whether what is put here can be locked. Asked first: a server may store what it could not lock, and only then say so.
   * @throws SentinelError SETTING_INVALID
   */
  async function requireLock(signal: AbortSignal): Promise<void> {
    if (lock === null || isLockKnown) return;
    try {
      await client.send(new GetObjectLockConfigurationCommand({ Bucket }), { abortSignal: signal });
      isLockKnown = true;
    } catch (error) {
      if (!(error instanceof S3ServiceException) || error.name !== "ObjectLockConfigurationNotFoundError") {
        throw toS3Error(error, signal);
      }
      const why = `SENTINEL_S3_SHELF_LOCK: the bucket ${Bucket} has no object lock.`;
      throw new SentinelError("SETTING_INVALID", why, undefined, error);
    }
  }

  /** Why S3 keeps a version, as far as it says so; null: for no reason that it tells. */
  async function holdOf(Key: string, VersionId: string | undefined, signal: AbortSignal): Promise<string | null> {
    const command = new HeadObjectCommand({ Bucket, Key, VersionId });
    const facts = await client.send(command, { abortSignal: signal }).catch(() => null);
    if (facts?.ObjectLockLegalHoldStatus === "ON") return "somebody put it on legal hold";
    const until = facts?.ObjectLockRetainUntilDate;
    if (until === undefined || until.getTime() <= clock.now()) return null;
    return `it is retained until ${until.toISOString()}`;
  }

  async function removeVersion(Key: string, VersionId: string | undefined, signal: AbortSignal): Promise<void> {
    try {
      await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }), { abortSignal: signal });
    } catch (error) {
      const isDenied = error instanceof S3ServiceException && error.$metadata.httpStatusCode === 403;
      // Where S3 does not tell who asks what a version is held by, its own words do.
      const hold = isDenied
        ? ((await holdOf(Key, VersionId, signal)) ?? (/lock/i.test(error.message) ? "it is locked" : null))
        : null;
      if (hold === null) throw toS3Error(error, signal);
      throw new SentinelError("OBJECT_HELD", `S3 keeps ${Key}: ${hold}. It was not removed.`, undefined, error);
    }
  }

  return {
    address: `s3://${Bucket}/`,
    look,
    async put(Key, { size, sha256, open }, signal) {
      if (size > mostBytes) {
        throw new SentinelError("INPUT_TOO_LARGE", `${Key} has ${size} bytes; S3 takes ${mostBytes} at once.`);
      }
      await requireLock(signal);
      const command = new PutObjectCommand({
        ...{ Bucket, Key, Body: Readable.from(open(), { objectMode: false }), ContentLength: size },
        // SECURITY: nothing that is there is ever overwritten, whoever comes second; S3 refuses content that changed on its way.
        IfNoneMatch: "*",
        ChecksumSHA256: Buffer.from(sha256, "hex").toString("base64"),
        ...(encryption === null ? {} : { ServerSideEncryption: encryption }),
        ...(lock === null
          ? {}
          : {
              ObjectLockMode: lock.mode,
              ObjectLockRetainUntilDate: new Date(clock.now() + lock.days * dayMs),
            }),
      });
      try {
        await client.send(command, { abortSignal: signal });
        return "put";
      } catch (error) {
        const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
        if (status === 412) {
          const there = await look(Key, signal);
          if (there.size === size && there.sha256 === sha256) return "there";
          throw new SentinelError("CONFLICT", `Other content has the key ${Key} in S3 already.`, undefined, error);
        }
        throw toS3Error(error, signal);
      }
    },
    async *read(Key, from, version, signal) {
      try {
        const range = from === 0 ? {} : { Range: `bytes=${from}-` };
        const command = new GetObjectCommand({ Bucket, Key, ...range, IfMatch: version });
        const { Body } = await client.send(command, { abortSignal: signal });
        yield* Body as AsyncIterable<Uint8Array>;
      } catch (error) {
        throw toS3Error(error, signal);
      }
    },
    async *list(Prefix, signal) {
      for (let token: string | undefined; ; ) {
        const command = new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken: token });
        const page = await client.send(command, { abortSignal: signal }).catch((error: unknown) => {
          throw toS3Error(error, signal);
        });
        for (const { Key, Size, LastModified } of page.Contents ?? []) {
          yield { key: Key ?? "", size: Size ?? 0, at: (LastModified ?? new Date(0)).toISOString() };
        }
        if (page.NextContinuationToken === undefined) return;
        token = page.NextContinuationToken;
      }
    },
    async remove(Key, signal) {
      try {
        // A bucket with versions only hides what is deleted without naming one: every version goes, and what hid them last.
        const versions: (string | undefined)[] = [];
        const markers: (string | undefined)[] = [];
        for (let place: { KeyMarker?: string; VersionIdMarker?: string } | null = {}; place !== null; ) {
          const command: ListObjectVersionsCommand = new ListObjectVersionsCommand({ Bucket, Prefix: Key, ...place });
          const page = await client.send(command, { abortSignal: signal });
          const own = (all: readonly { Key?: string | undefined; VersionId?: string | undefined }[] = []) =>
            all.flatMap((one) => (one.Key === Key ? [one.VersionId] : []));
          versions.push(...own(page.Versions));
          markers.push(...own(page.DeleteMarkers));
          place =
            page.IsTruncated === true && page.NextKeyMarker === Key
              ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker ?? "" }
              : null;
        }
        for (const version of [...versions, ...markers]) await removeVersion(Key, version, signal);
      } catch (error) {
        throw toS3Error(error, signal);
      }
    },
    close: () => client.destroy(),
  };
}
