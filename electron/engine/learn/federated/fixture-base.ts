import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type PayloadModel, readModel } from "../../detect/classifier/model-file.ts";

/** The shipped payload model. */
export function loadShippedBase(): PayloadModel {
  const path = join(import.meta.dirname, "..", "..", "..", "..", "resources", "model", "payload.bin");
  return readModel(readFileSync(path));
}
