import type { Place } from "../../../shared/payload.ts";
import { generateAttacks, generateBenign } from "./generate.ts";
import { dataFolder, type ListedPayload, loadPayloadLists } from "./payload-lists.ts";
import { createRandom, type Random } from "./random.ts";
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
  readonly perFolder: number;
}

export const fullSizes: CorpusSizes = { attacks: 36_000, benign: 40_000, perFolder: 6000 };

export function loadCorpus(seed: string, sizes: CorpusSizes, env: NodeJS.ProcessEnv = process.env): Corpus {
  const random = createRandom(seed);
  const recordings = env.SENTINEL_RECORDINGS;
  const readAll = (folder: string) =>
    listApplications(folder).flatMap((application) => readHonestValues(folder, application));
  return {
    lists: loadPayloadLists(dataFolder()),
    attacks: generateAttacks(random.fork("attacks"), sizes.attacks),
    benign: generateBenign(random.fork("benign"), sizes.benign),
    texts: foldersOf(env.SENTINEL_BENIGN_TEXT).flatMap((folder) =>
      readTextFolder(folder, { count: sizes.perFolder, seed }),
    ),
    calibrationTexts: foldersOf(env.SENTINEL_CALIBRATION_TEXT).flatMap((folder) =>
      readTextFolder(folder, { count: Math.min(3000, sizes.perFolder), seed }),
    ),
    heldoutTexts: foldersOf(env.SENTINEL_HELDOUT_TEXT).flatMap((folder) =>
      readTextFolder(folder, { count: Math.min(3000, sizes.perFolder), seed }),
    ),
    recorded: recordings === undefined ? [] : readAll(recordings),
    heldoutRecorded: recordings === undefined ? [] : readAll(`${recordings}/heldout`),
  };
}

const unknownPlaces: readonly Place[] = ["query", "query", "form", "form", "json", "path_segment", "cookie"];

/** Place of a sample for one fit: its own, a likely one, or unknown, so that the model does not lean on it. */
export function placeFor(random: Random, sample: Sample): Place | null {
  if (random.chance(0.35)) return null;
  return sample.place ?? random.pick(unknownPlaces);
}
