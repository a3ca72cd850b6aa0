/** @returns null for what is no JSON */
export function parseJson(value: Buffer): unknown {
  try {
    return JSON.parse(value.toString("utf8"));
  } catch {
    return null;
  }
}
