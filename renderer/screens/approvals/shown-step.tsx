import type { ShownPromotion } from "../../../shared/canary.ts";
import { TrialMeasures } from "../../learn/trial-measures.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { placeHash } from "../../view/place.ts";

const shareWords = (percent: number) => {
  if (percent === 0) return "the shadow";
  return percent === 100 ? "all sessions" : `${percent} % of sessions`;
};

/** What is asked of a model on trial: the step, and how it fared. */
export function ShownStep({ shown }: { shown: ShownPromotion }) {
  const { model_id, champion, from, to, share, begun_by, engine } = shown;
  const [model, now] = [model_id, champion].map((id) => (
    <span key={id} className="font-mono">
      {id.slice(0, 12)}
    </span>
  ));
  return (
    <div className="space-y-3">
      <section aria-label="What is asked for" className="card p-4 text-sm [&_.untrusted]:font-sans">
        <h3 className="mb-1 font-semibold">
          From {shareWords(from)} to {shareWords(to)}
        </h3>
        <p>
          {to === 100 ? (
            <>
              Model {model} would decide in place of {now}. Its trial ends with that, and nothing takes it out by itself
              any more.
            </>
          ) : (
            <>
              Model {model} would decide {shareWords(to)}, and {now} the others.
            </>
          )}
        </p>
        {share !== null && <p className="mt-1">The two are compared at {share} % of sessions.</p>}
        <p className="mt-1 text-ink-2">
          {begun_by !== null && (
            <>
              Put on trial by <UntrustedText text={begun_by} />.{" "}
            </>
          )}
          <a className="text-accent underline" href={placeHash({ screen: "canary" })}>
            The trial as it is now
          </a>
        </p>
        <p className="mt-1 text-xs break-all text-ink-2">
          On trial at the engine <span className="font-mono">{engine}</span>
        </p>
      </section>
      <TrialMeasures sessions={shown.sessions} measures={shown.measures} />
    </div>
  );
}
