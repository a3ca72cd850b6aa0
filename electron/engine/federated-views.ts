import type { z } from "zod";
import type { FederatedUpdate } from "../../shared/federation.ts";
import type { Received, StoredUpdate } from "./learn/federated/federated-tables.ts";
import { normOf } from "./learn/federated/local-update.ts";
import { largestUpdateFile, refused, type UpdateFile } from "./learn/federated/update-file.ts";
import { keyFingerprint } from "./learn/registry/model-signature.ts";

/** What is stored of an update. */
export function toKept({ statement, key, weights }: UpdateFile, bytes: Uint8Array): z.infer<typeof Received> {
  const { base, round, made_at, groups, privacy } = statement;
  const { epsilon, delta, rho } = privacy;
  const size_bytes = bytes.length;
  return {
    update: { base, round, key, epsilon, delta, rho, groups, norm: normOf(weights), made_at, size_bytes },
    file: Buffer.from(bytes).toString("base64"),
  };
}

/** An update as screens have it. */
export function toWire(update: StoredUpdate, isBaseKnown: boolean): FederatedUpdate {
  const { id, isOwn, datasetVersion, withdrawn: _withdrawn, ...kept } = update;
  return {
    ...kept,
    id,
    is_own: isOwn,
    fingerprint: keyFingerprint(kept.key),
    dataset_version: datasetVersion,
    is_base_known: isBaseKnown,
  };
}

/** The file as it comes. SECURITY: a body is not read further than an update may be long. */
export async function readBounded(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of source) {
    size += piece.length;
    if (size > largestUpdateFile) throw refused("it is larger than an update may be");
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
