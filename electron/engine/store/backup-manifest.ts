import { createPublicKey, sign, verify } from "node:crypto";
import { z } from "zod";
import { Sha256 } from "../../../shared/units.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { signingKey } from "./checkpoint.ts";

/** What a backup holds: its last entry. */
const BackupManifest = z.strictObject({
  v: z.literal(1),
  backup_id: z.string(),
  created_at: z.string(),
  node_id: z.string(),
  /** Product and version that wrote it. */
  product: z.string(),
  /** Newest event of the log in it; null while the log is empty. */
  log: z.strictObject({ seq: z.number().int(), hash: Sha256 }).nullable(),
  files: z.array(z.strictObject({ path: z.string(), size: z.number().int().min(0), sha256: Sha256 })),
  /** Ed25519 by the key that signs the log's checkpoints, base64, over the canonical JSON of the rest. */
  signature: z.string(),
});
export type BackupManifest = z.infer<typeof BackupManifest>;

export const manifestName = "manifest.json";

const signedText = ({ signature: _, ...rest }: BackupManifest) =>
  Buffer.from(canonicalJson({ type: "sentinel-backup", ...rest }));

/** @param seed that of the log's checkpoints */
export function signManifest(seed: Uint8Array, manifest: Omit<BackupManifest, "signature">): BackupManifest {
  const unsigned = { ...manifest, signature: "" };
  return { ...unsigned, signature: sign(null, signedText(unsigned), signingKey(seed)).toString("base64") };
}

export function isManifestOf(seed: Uint8Array, manifest: BackupManifest): boolean {
  const key = createPublicKey(signingKey(seed));
  return verify(null, signedText(manifest), key, Buffer.from(manifest.signature, "base64"));
}

/** @returns null when the bytes are no manifest */
export function parseManifest(bytes: Uint8Array): BackupManifest | null {
  try {
    return BackupManifest.parse(JSON.parse(Buffer.from(bytes).toString("utf8")));
  } catch {
    return null;
  }
}
