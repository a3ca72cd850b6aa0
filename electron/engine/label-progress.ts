import type { LabelTask, MissedAttacks, StopAdvice } from "../../shared/label.ts";
import type { LabelQueue } from "./learn/label-queue.ts";
import { recentWords } from "./learn/recent-words.ts";
import { listedModels, modelById } from "./learn/registry/model-state.ts";
import { adviseStopping, recentLabels, roundsOf } from "./learn/stop-advice.ts";
import { toEstimate } from "./learn/wire-figures.ts";
import type { Store } from "./store/store.ts";

/** Models among which the last trainings are looked for: each is some 28 KB, and they are read for each page of tasks. */
const recentModels = 30;

export interface LabelProgress {
  readonly missed: MissedAttacks;
  readonly advice: StopAdvice;
}

/** How much the detector misses by the random draws, and whether more labels are worth it, in wire shapes. */
export function createLabelProgress({ store, queue }: { store: Store; queue: LabelQueue }) {
  return async (kind: LabelTask["kind"]): Promise<LabelProgress> => {
    const [{ estimate, population }, models, words] = await Promise.all([
      queue.audit(kind),
      store.read(listedModels, recentModels),
      store.read(recentWords, { kind, limit: recentLabels }),
    ]);
    const { share, isAll, ...counts } = estimate;
    const known = new Map(models.map((model) => [model.id, model]));
    // One that decided when another was judged may have been withdrawn since, or be too old for the list.
    for (const id of new Set(models.flatMap(({ evaluation }) => evaluation?.champion ?? []))) {
      const champion = known.has(id) ? null : await store.read(modelById, id);
      if (champion !== null) known.set(id, champion);
    }
    const rounds = roundsOf(models, (id) => known.get(id) ?? null);
    return {
      missed: {
        ...counts,
        share: share === null ? null : toEstimate(share),
        is_all: isAll,
        population,
      },
      advice: adviseStopping(rounds, words),
    };
  };
}
