import { z } from "zod";
import { defineRoute } from "./route.ts";
import { Id, Instant } from "./units.ts";

/** A version, without suffixes, so that of two of them one is plainly the older. */
export const Version = z.string().regex(/^(?:0|[1-9]\d{0,5})\.(?:0|[1-9]\d{0,5})\.(?:0|[1-9]\d{0,5})$/);

/** A file that installs a version. */
export const ReleaseFile = z.strictObject({
  platform: z.enum(["linux", "darwin", "win32"]),
  arch: z.enum(["x64", "arm64"]),
  // SECURITY: it becomes a name in a folder of ours: no separator, nothing hidden, none of our own names, in whatever
  // case, and no dot or blank at its end, which Windows leaves out.
  name: z.string().regex(/^(?!.*\.(?:json|partial)$)[a-z0-9](?:[a-z0-9 ._-]{0,118}[a-z0-9])?$/i),
  bytes: z
    .number()
    .int()
    .min(1)
    .max(2 * 1024 ** 3),
  /** Lower-case hexadecimal. */
  sha512: z.string().regex(/^[0-9a-f]{128}$/),
});
export type ReleaseFile = z.infer<typeof ReleaseFile>;

/** What is said, and signed, of a version. */
export const Release = z.strictObject({
  version: Version,
  released_at: Instant,
  /** What is new, as plain text. */
  notes: z.string().max(4000),
  files: z
    .array(ReleaseFile)
    .min(1)
    .max(20)
    .refine((files) => new Set(files.map(({ name }) => name)).size === files.length, "two files have one name"),
});
export type Release = z.infer<typeof Release>;

/** `update.json`: a release and who vouches for it. */
export const SignedRelease = z.strictObject({
  release: z.unknown(),
  /** Over the canonical form (RFC 8785) of `{type: "sentinel-release", statement: release}`. */
  signature: z.strictObject({ key: z.string().max(100), value: z.string().max(100) }),
});
export type SignedRelease = z.infer<typeof SignedRelease>;

/** The name that a signed release has, at a server and on a stick. */
export const releaseName = "update.json";

/** Whether `a` is the older of two versions. */
export function isOlder(a: string, b: string): boolean {
  const [x, y] = [a, b].map((version) => version.split(".").map(Number));
  const at = x!.findIndex((part, i) => part !== y![i]);
  return at >= 0 && x![at]! < y![at]!;
}

/** What is known of newer versions. */
export const ReleaseStatus = z.object({
  /** The version that runs. */
  version: z.string(),
  /** Fingerprint of the key that came with the application; null: it came with none, and takes no version. */
  key: z.string().nullable(),
  /** Scheme, host and port of the update server; null: none is set, and nothing is asked of anybody. */
  server: z.string().nullable(),
  /** When the server was last asked. */
  looked_at: Instant.nullable(),
  /** Why that told nothing that can be used. */
  problem: z.string().nullable(),
  /** A version that is newer than the one that runs; null: none is known. */
  newer: z
    .object({
      version: Version,
      released_at: Instant,
      notes: z.string(),
      /** Those for this machine. */
      files: z.array(z.object({ name: z.string(), bytes: z.number().int() })),
    })
    .nullable(),
  /** A file of a newer version that was downloaded and checked, to be installed by hand; null: there is none. */
  fetched: z.object({ version: Version, name: z.string(), bytes: z.number().int(), path: z.string() }).nullable(),
});
export type ReleaseStatus = z.infer<typeof ReleaseStatus>;

export const getReleases = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/releases",
  summary: "Whether there is a newer version, and what of it is on this machine; asks nobody",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: ReleaseStatus,
});

export const lookForRelease = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/releases/look",
  summary: "Ask the update server for a newer version; refused where none is set, without a key, and while panic holds",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({}),
  output: ReleaseStatus,
});

export const fetchRelease = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/releases/fetch",
  summary: "Download a file of the newer version and check it; it is installed by hand. Progress is the job's",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ version: Version, name: z.string().max(200) }),
  output: z.object({ job_id: Id }),
});
