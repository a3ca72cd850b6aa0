/** A text as it may stand in a request: as it is, or percent-encoded, a space also as a plus. */
export function asSent(text: string): string[] {
  let encoded = text;
  try {
    encoded = encodeURIComponent(text);
  } catch {
    // Half a surrogate pair stands in no request.
  }
  return [...new Set([text, encoded, encoded.replaceAll("%20", "+")])];
}
