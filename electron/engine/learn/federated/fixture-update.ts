import { sha256 } from "../../base/ids.ts";
import { modelKey, signStatement } from "../registry/model-signature.ts";
import { costOf, noiseFor } from "./local-update.ts";
import { epsilonOf } from "./privacy-cost.ts";
import { type UpdateStatement, writeUpdateFile } from "./update-file.ts";

/** An engine that is not here: its key, and updates that it signs. */
export function inventPeer(name: string) {
  const seed = Buffer.from(sha256(name), "hex");
  return {
    key: modelKey(seed),
    /** A file of weights that are already noised, or never were. */
    write(
      of: Pick<UpdateStatement, "base" | "frame">,
      weights: Float64Array,
      changes: Partial<UpdateStatement> = {},
    ): Uint8Array {
      const noise = noiseFor(0.1);
      const rho = costOf(noise);
      const privacy = {
        unit: "group" as const,
        gradient_noise: noise.gradient,
        count_noise: noise.count,
        rho,
        epsilon: epsilonOf(rho, 1e-6),
        delta: 1e-6,
      };
      const statement = { ...of, round: 1, made_at: "2026-01-05T08:00:00.000Z", product: "x", privacy, groups: 400 };
      return writeUpdateFile({ ...statement, ...changes }, weights, (whole) =>
        signStatement(seed, "sentinel-federated-update", whole),
      );
    },
  };
}
