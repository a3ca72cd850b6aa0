import { toStep } from "../sequence/request-step.ts";
import { followSession, leastRequests, stretch } from "../sequence/session-surprise.ts";
import type { FeatureGroup } from "./feature-group.ts";

/** How unusual the order of the requests is, beside what each of them is. */
export const sequenceFeatures = {
  descriptions: {
    sequence_surprise: {
      label: "Surprise of the sequence",
      unit: "bits/request",
      range: [0, null],
      availability: "sequence model",
      meaning: `Mean surprise of each request after those before it, against benign sessions; from ${leastRequests} requests on, of applications that the model knows`,
    },
    sequence_surprise_peak: {
      label: "Most surprising stretch",
      unit: "bits/request",
      range: [0, null],
      availability: "sequence model",
      meaning: `The same over the ${stretch} requests in a row that are most surprising`,
    },
  },
  create({ sequence }) {
    const session = sequence === null ? null : followSession(sequence);
    return {
      add({ exchange: { method, target, response } }) {
        session?.add(toStep(method, target, response?.status ?? null));
      },
      finish() {
        const { mean, peak } = session?.finish() ?? { mean: Number.NaN, peak: Number.NaN };
        return { sequence_surprise: mean, sequence_surprise_peak: peak };
      },
    };
  },
} satisfies FeatureGroup<string>;
