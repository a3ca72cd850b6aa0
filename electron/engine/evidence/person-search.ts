import { setImmediate } from "node:timers/promises";
import { SentinelError } from "../../../shared/errors.ts";
import type { EvidenceKind } from "../../../shared/evidence.ts";
import { gunzipStream } from "./inflate.ts";
import { readExchanges } from "./readers.ts";
import { defaultLimits } from "./reading.ts";

/** Whether a text names a person. */
export type NamesPerson = (text: string) => boolean;

/** Characters of one piece that the next one is looked at together with. */
const overlap = 4096;

const addressLike = /^[0-9a-f.:]+$/;

/**
 * Looks for a person's name, account or address, whatever its case, also where it stands percent-encoded or escaped as in JSON. An
 * address is not found within a longer one; any other text also within words: what is found too much is listed before it is erased,
 * what is not found stays.
 */
export function createPersonMatcher(person: string): NamesPerson {
  const name = fold(person);
  const isAddress = addressLike.test(name) && /[.:].*[.:]/.test(name);
  const has = (text: string) => {
    for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
      if (!isAddress) return true;
      const before = text[at - 1] ?? " ";
      const after = text[at + name.length] ?? " ";
      if (!/[0-9a-f]/.test(before) && !/[0-9a-f]/.test(after)) return true;
    }
    return false;
  };
  return (text) => {
    const folded = fold(text);
    return has(folded) || (/[%\\+]/.test(folded) && has(fold(decode(folded))));
  };
}

const fold = (text: string) => text.normalize("NFC").toLowerCase();

/** Every escape undone for itself: a text that is only partly encoded is read all the same. */
function decode(text: string): string {
  const unescaped = text
    .replace(/\\u([0-9a-f]{4})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
    .replace(/\\[nrtbf]/g, " ");
  return unescaped
    .replaceAll("+", " ")
    .replace(/(?:%[0-9a-f]{2})+/g, (run) => Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"));
}

/** Whether a file names a person, read as text. */
export async function textNames(
  content: AsyncIterable<Uint8Array>,
  names: NamesPerson,
  signal: AbortSignal,
): Promise<boolean> {
  const decoder = new TextDecoder();
  let tail = "";
  for await (const bytes of content) {
    signal.throwIfAborted();
    const text = tail + decoder.decode(bytes, { stream: true });
    if (names(text)) return true;
    tail = text.slice(-overlap);
    // Other work of this thread gets its turn.
    await setImmediate();
  }
  return false;
}

/**
 * Whether evidence names a person: as text, and, where it holds parts in another coding, as what its reader makes of it.
 *
 * @param open gives the stored file from its beginning
 * @throws SentinelError EVIDENCE_CORRUPT, CANCELLED
 */
export async function evidenceNames(
  evidence: { readonly kind: EvidenceKind; readonly gzip: boolean },
  open: () => AsyncIterable<Uint8Array>,
  names: NamesPerson,
  signal: AbortSignal,
): Promise<boolean> {
  const content = evidence.gzip ? gunzipStream(open(), { maxBytes: defaultLimits.inflatedBytes, signal }) : open();
  if (await textNames(asFarAsItGoes(content), names, signal)) return true;
  for await (const exchanges of asFarAsItGoes(readExchanges(evidence.kind, open(), { signal, onProblem: () => {} }))) {
    if (exchanges.some((exchange) => names(JSON.stringify(exchange)))) return true;
    await setImmediate();
  }
  return false;
}

/** Of a file that is damaged or expands beyond reason: one such file must not keep a person from being found in others. */
async function* asFarAsItGoes<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    const ends = error instanceof SentinelError && ["EVIDENCE_UNREADABLE", "INPUT_TOO_LARGE"].includes(error.code);
    if (!ends) throw error;
  }
}
