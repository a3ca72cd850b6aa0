import type { ModelEntry } from "../../../shared/model.ts";
import { formatShare, shortId } from "../../learn/estimate.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { Badge } from "../../ui/badge.tsx";
import { ShowMore, useShown } from "../../ui/show-more.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatInstant } from "../../view/format.ts";
import { placeHash } from "../../view/place.ts";

const originWords = { shipped: "Shipped", trained: "Trained", folder: "ONNX folder", combined: "Combined" };

/** Whether it may decide, in a word. */
function Standing({ model }: { model: ModelEntry }) {
  if (model.override !== null) return <Badge tone="warn">Overridden</Badge>;
  if (model.may_decide) return <Badge tone="good">{model.evaluation === null ? "Shipped" : "Passed"}</Badge>;
  return model.evaluation === null ? <Badge tone="calm">Not judged</Badge> : <Badge tone="danger">Failed</Badge>;
}

/** Every model of the registry, newest first; at most two are chosen for comparing. */
export function ModelList({
  models,
  selected,
  other,
  onCompare,
}: {
  models: readonly ModelEntry[];
  selected: string | undefined;
  other: string | null;
  onCompare: (id: string | null) => void;
}) {
  const zone = useTimeZone();
  const index = models.findIndex(({ metadata }) => metadata.id === selected);
  const { shown, ...more } = useShown(models, index);
  return (
    <>
      <ul aria-label="Models" className="divide-y divide-line">
        {shown.map((model) => {
          const { metadata, aliases, evaluation } = model;
          const isSelected = metadata.id === selected;
          return (
            <li key={metadata.id} className={`relative px-4 py-2.5 ${isSelected ? "bg-selected" : "hover:bg-hover"}`}>
              <div className="flex items-center gap-2">
                <a
                  // The whole row leads to the model.
                  className="font-mono text-sm font-medium after:absolute after:inset-0 hover:underline"
                  aria-current={isSelected ? "true" : undefined}
                  href={placeHash({ screen: "models", item: metadata.id })}
                >
                  {shortId(metadata.id)}
                </a>
                {aliases.map((alias) => (
                  <Badge key={alias} tone="accent">
                    {alias === "champion" ? "Champion" : "Challenger"}
                  </Badge>
                ))}
                <span className="ml-auto">
                  <Standing model={model} />
                </span>
              </div>
              <div className="mt-1 flex items-center gap-2 text-xs text-ink-2">
                <span className="min-w-0 flex-1 truncate [&_.untrusted]:font-sans">
                  {originWords[metadata.origin]}
                  {metadata.created_at !== null && (
                    <>
                      {" "}
                      {formatInstant(metadata.created_at, zone).slice(0, 16)} by{" "}
                      <UntrustedText text={metadata.created_by} />
                    </>
                  )}
                  {evaluation?.figures.f1.value != null && ` · F1 ${formatShare(evaluation.figures.f1.value)}`}
                </span>
                {!isSelected && selected !== undefined && (
                  <label className="relative flex shrink-0 items-center gap-1.5">
                    <input
                      type="checkbox"
                      checked={metadata.id === other}
                      onChange={(event) => onCompare(event.target.checked ? metadata.id : null)}
                    />
                    Beside it
                  </label>
                )}
              </div>
            </li>
          );
        })}
      </ul>
      <ShowMore {...more} />
    </>
  );
}
