import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ModelEntry } from "../../../shared/model.ts";
import { formatMs, shortId } from "../../learn/estimate.ts";
import { FigureTable } from "../../learn/figure-table.tsx";
import { GateTable } from "../../learn/gate-table.tsx";
import { elsewhereQuery } from "../../queries/model-sharing.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { Fact, Facts } from "../../ui/facts.tsx";
import { TabPanel, Tabs } from "../../ui/tabs.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatBytes, formatCount, formatInstant } from "../../view/format.ts";
import { placeHash } from "../../view/place.ts";
import { ModelActions } from "./model-actions.tsx";
import { ModelCard } from "./model-card.tsx";
import { ConfusionTable, PrecisionRecallChart, ReliabilityChart, type Shown } from "./model-charts.tsx";

/** Figures of one model: at its gates, else of its cross-validation. */
function figuresOf({ metadata, evaluation }: ModelEntry): Shown["figures"] | null {
  return evaluation?.figures ?? metadata.training?.cross_validation ?? null;
}

/** What stands side by side: the model with another that was chosen, else with the one that decided when it was judged. */
function pairOf(model: ModelEntry, other: ModelEntry | undefined): Shown[] {
  const own = figuresOf(model);
  const first = own === null ? [] : [{ name: shortId(model.metadata.id), figures: own }];
  if (other !== undefined) {
    const figures = figuresOf(other);
    return figures === null ? first : [...first, { name: shortId(other.metadata.id), figures }];
  }
  if (model.evaluation === null) return first;
  const { champion, champion_figures } = model.evaluation;
  return [...first, { name: `${shortId(champion)}, which decided`, figures: champion_figures }];
}

function Compared({ model, other }: { model: ModelEntry; other: ModelEntry | undefined }) {
  const shown = pairOf(model, other);
  const { evaluation } = model;
  if (shown.length === 0) {
    return <p className="p-4 text-ink-2">It was not judged yet: there are no figures to compare.</p>;
  }
  const sameRows = other === undefined || other.evaluation?.dataset_version === evaluation?.dataset_version;
  return (
    <div className="space-y-3">
      {!sameRows && (
        <p role="status" className="text-xs text-warn">
          These two were judged on different rows: their figures are no fair comparison. Judge both again.
        </p>
      )}
      <section aria-label="Figures side by side" className="card p-4">
        <FigureTable label="Figures side by side" columns={shown} />
        {evaluation !== null && (
          <p className="mt-2 text-xs text-ink-2">
            One payload, uncached, in the same run: {formatMs(evaluation.latency.p50_ms)} at the median and{" "}
            {formatMs(evaluation.latency.p95_ms)} at the 95th percentile; the model that decided took{" "}
            {formatMs(evaluation.champion_latency.p50_ms)} and {formatMs(evaluation.champion_latency.p95_ms)} (
            {formatCount(evaluation.latency.calls)} calls each).
          </p>
        )}
      </section>
      <div className="grid grid-cols-2 gap-3">
        {shown.map((one) => (
          <ConfusionTable key={one.name} shown={one} />
        ))}
      </div>
      <div className="grid grid-cols-2 gap-3">
        <ReliabilityChart shown={shown} />
        <PrecisionRecallChart shown={shown} />
      </div>
    </div>
  );
}

function Lineage({ model: { metadata, signature, override } }: { model: ModelEntry }) {
  const zone = useTimeZone();
  const shelved = useQuery(elsewhereQuery()).data?.shelf?.models.find(({ id }) => id === metadata.id);
  return (
    <Facts>
      <Fact name="Identifier" mono>
        {metadata.id}
      </Fact>
      <Fact name="Kind">
        {metadata.kind}, {metadata.origin}, {formatBytes(metadata.size_bytes)}
      </Fact>
      {metadata.created_at !== null && (
        <Fact name="Made">
          {formatInstant(metadata.created_at, zone)} by <UntrustedText text={metadata.created_by} /> with{" "}
          <UntrustedText text={metadata.product} />
        </Fact>
      )}
      <Fact name="Goes on from">
        {metadata.parent === null ? (
          "nothing"
        ) : (
          <a
            className="font-mono text-accent hover:underline"
            href={placeHash({ screen: "models", item: metadata.parent })}
          >
            {shortId(metadata.parent)}
          </a>
        )}
      </Fact>
      <Fact name="Dataset version" mono>
        {metadata.dataset_version === null ? "not known" : <UntrustedText text={metadata.dataset_version} />}
      </Fact>
      {metadata.training !== null && (
        <Fact name="Training">
          {formatCount(metadata.training.fitted)} rows in {metadata.training.seconds} s, seed{" "}
          <UntrustedText text={metadata.training.seed} />
        </Fact>
      )}
      {signature !== null && (
        <Fact name="Signed with" mono>
          {signature.key}
        </Fact>
      )}
      {shelved !== undefined && (
        <Fact name="On the shelf" mono>
          <UntrustedText text={shelved.address} />
        </Fact>
      )}
      {override !== null && (
        <Fact name="Override">
          {formatInstant(override.at, zone)} by <UntrustedText text={override.by} />:{" "}
          {override.reason === null ? "the reason was erased" : <UntrustedText text={override.reason} />}
        </Fact>
      )}
    </Facts>
  );
}

const tabs = [
  { key: "compared", label: "Side by side" },
  { key: "gates", label: "Gates" },
  { key: "card", label: "Card" },
] as const;

/** One model: where it comes from, how it does beside another, its gates, its card. */
export function ModelDetail({ model, other }: { model: ModelEntry; other: ModelEntry | undefined }) {
  const [tab, setTab] = useState<(typeof tabs)[number]["key"]>("compared");
  const { evaluation } = model;
  return (
    <section
      aria-label="Model"
      tabIndex={0}
      className="min-w-0 flex-1 space-y-3 overflow-y-auto p-4 focus-visible:outline-offset-[-2px]"
    >
      <div className="card space-y-3 p-4">
        <Lineage model={model} />
        <ModelActions model={model} />
      </div>
      <Tabs label="Views of the model" tabs={tabs} current={tab} onChange={setTab} />
      <TabPanel tab={tab}>
        {tab === "compared" && <Compared model={model} other={other} />}
        {tab === "gates" &&
          (evaluation === null ? (
            <p className="p-4 text-ink-2">It was not judged yet.</p>
          ) : (
            <section aria-label="Gates" className="card p-4">
              <GateTable gates={evaluation.gates} label="Gates" />
            </section>
          ))}
        {tab === "card" && <ModelCard id={model.metadata.id} />}
      </TabPanel>
    </section>
  );
}
