import type { Place } from "../../../shared/payload.ts";
import { generateAttacks, generateBenign } from "../../engine/learn/training/generated/generate.ts";
import { createRandom, type Random } from "../../engine/learn/training/random.ts";
import { dataFolder, type ListedPayload, loadPayloadLists } from "./payload-lists.ts";
import { listApplications, readHonestValues } from "./recordings.ts";
import type { Sample } from "./sample.ts";
import { foldersOf, readTextFolder } from "./text-folders.ts";

/** All that a model may be fitted to or judged by, in whole sources. */
export interface Corpus {
  /** Public payload lists, every split. */
  readonly lists: readonly ListedPayload[];
  readonly attacks: readonly Sample[];
  readonly benign: readonly Sample[];
  /** Text of installed packages, from the folders of SENTINEL_BENIGN_TEXT. */
  readonly texts: readonly Sample[];
  /** Further text of the same folders, of which a fit takes what it finds hard. */
  readonly pool: readonly Sample[];
  /** The same from SENTINEL_CALIBRATION_TEXT: never fitted to, sets temperature and thresholds. */
  readonly calibrationTexts: readonly Sample[];
  /** The same from SENTINEL_HELDOUT_TEXT: judged only. */
  readonly heldoutTexts: readonly Sample[];
  /** Recorded honest values, from SENTINEL_RECORDINGS. */
  readonly recorded: readonly Sample[];
  /** The same of applications under `heldout`: never fitted to. */
  readonly heldoutRecorded: readonly Sample[];
}

export interface CorpusSizes {
  readonly attacks: number;
  readonly benign: number;
  /** Values taken from one folder of text at most. */
  readonly perFolder: number;
  /** Values of all folders of text together, shared out evenly. */
  readonly texts: number;
  /** The same for the pool. */
  readonly pool: number;
}

export const fullSizes: CorpusSizes = {
  attacks: 36_000,
  benign: 40_000,
  perFolder: 6000,
  texts: 110_000,
  pool: 700_000,
};

export async function loadCorpus(
  seed: string,
  sizes: CorpusSizes,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Corpus> {
  const random = createRandom(seed);
  const recordings = env.SENTINEL_RECORDINGS;
  const readAll = async (folder: string) => {
    const values: Sample[] = [];
    for (const application of listApplications(folder)) {
      for (const value of await readHonestValues(folder, application)) values.push(value);
    }
    return values;
  };
  const folders = foldersOf(env.SENTINEL_BENIGN_TEXT);
  const share = (total: number) => Math.ceil(total / Math.max(1, folders.length));
  const texts: Sample[] = [];
  const pool: Sample[] = [];
  for (const folder of folders) {
    const all = random.fork(folder).shuffle(readTextFolder(folder, { count: share(sizes.texts + sizes.pool), seed }));
    const fitted = Math.min(sizes.perFolder, share(sizes.texts));
    for (const [i, sample] of all.entries()) (i < fitted ? texts : pool).push(sample);
  }
  const hosts = texts.map(({ text }) => text).filter((text) => text.length >= 20);
  return {
    lists: loadPayloadLists(dataFolder()),
    attacks: generateAttacks(random.fork("attacks"), sizes.attacks, hosts),
    benign: generateBenign(random.fork("benign"), sizes.benign),
    texts,
    pool,
    calibrationTexts: foldersOf(env.SENTINEL_CALIBRATION_TEXT).flatMap((folder) =>
      readTextFolder(folder, { count: Math.min(3000, sizes.perFolder), seed }),
    ),
    heldoutTexts: foldersOf(env.SENTINEL_HELDOUT_TEXT).flatMap((folder) =>
      readTextFolder(folder, { count: Math.min(3000, sizes.perFolder), seed }),
    ),
    recorded: recordings === undefined ? [] : await readAll(recordings),
    heldoutRecorded: recordings === undefined ? [] : await readAll(`${recordings}/heldout`),
  };
}

const unknownPlaces: readonly Place[] = ["query", "query", "form", "form", "json", "path_segment", "cookie"];

/** Place of a sample for one fit: its own, a likely one, or unknown, so that the model does not lean on it. */
export function placeFor(random: Random, sample: Sample): Place | null {
  if (random.chance(0.35)) return null;
  return sample.place ?? random.pick(unknownPlaces);
}

/**
 * The text as a request carries it: percent-encoded in a URL or form, escaped in JSON or XML; the classifier is given the bytes of
 * the request. Recorded values are so already.
 */
export function onTheWire(random: Random, sample: Sample, place: Place | null): string {
  if (sample.source.startsWith("recording ") || place === null || random.chance(0.3)) return sample.text;
  if (place === "query" || place === "path_segment" || place === "query_name") return percentEncoded(sample.text);
  if (place === "json") return JSON.stringify(sample.text.toWellFormed()).slice(1, -1);
  if (place === "xml") return sample.text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  if (place !== "form") return sample.text;
  return percentEncoded(sample.text)
    .replaceAll("%20", "+")
    .replaceAll("%0A", random.chance(0.5) ? "%0D%0A" : "%0A");
}

function percentEncoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
