import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { CanaryShare, type canaryModes } from "../../../shared/canary.ts";
import { candidatesQuery } from "../../queries/canary.ts";
import { Button } from "../../ui/button.tsx";
import { PanelStatus } from "../../ui/panel-status.tsx";
import { Segments } from "../../ui/segments.tsx";

type Mode = (typeof canaryModes)[number];

interface Start {
  readonly model_id: string;
  readonly mode: Mode;
  readonly share?: number;
}

/** Chooses which model to try. */
export function CanaryStart({ isBusy, onStart }: { isBusy: boolean; onStart: (start: Start) => void }) {
  const shareId = useId();
  const query = useQuery(candidatesQuery());
  const [chosen, setChosen] = useState<string | null>(null);
  const [mode, setMode] = useState<Mode>("automatic");
  const [share, setShare] = useState("");
  const isShare = share === "" || CanaryShare.safeParse(Number(share)).success;
  const candidates = query.data;
  if (candidates === undefined) return <PanelStatus query={query} what="the models" />;
  const model = chosen ?? candidates[0]?.metadata.id ?? null;
  return (
    <section aria-labelledby="canary-start" className="card p-4">
      <h2 id="canary-start" className="text-sm font-semibold">
        No model is on trial
      </h2>
      {model === null ? (
        <p className="mt-1 text-xs text-ink-2">
          No other model may decide: train one, and let it pass its gates. A model of the registry then appears here.
        </p>
      ) : (
        <form
          className="mt-2 flex flex-wrap items-end gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            if (isShare) onStart({ model_id: model, mode, ...(share === "" ? {} : { share: Number(share) }) });
          }}
        >
          <label className="flex flex-col gap-1 text-xs text-ink-2">
            Model
            <select className="input w-[320px]" value={model} onChange={(event) => setChosen(event.target.value)}>
              {candidates.map(({ metadata }) => (
                <option key={metadata.id} value={metadata.id}>
                  {metadata.id.slice(0, 12)}, {metadata.origin}
                  {metadata.created_at === null ? "" : ` ${metadata.created_at.slice(0, 10)}`}
                </option>
              ))}
            </select>
          </label>
          <Segments
            legend="Who takes the next step"
            options={[
              { value: "automatic", label: "Steps by itself" },
              { value: "by_hand", label: "Each step is approved" },
            ]}
            value={mode}
            onChange={setMode}
          />
          <div className="flex flex-col gap-1">
            <label htmlFor={shareId} className="text-xs text-ink-2">
              A/B: stays at, % of sessions
            </label>
            <input
              id={shareId}
              className="input w-[170px]"
              inputMode="numeric"
              placeholder="goes on to all"
              aria-invalid={!isShare}
              aria-describedby={isShare ? undefined : `${shareId}-problem`}
              value={share}
              onChange={(event) => setShare(event.target.value.trim())}
            />
          </div>
          <Button type="submit" tone="primary" disabled={isBusy || !isShare}>
            Put it in the shadow
          </Button>
          {!isShare && (
            <p id={`${shareId}-problem`} role="alert" className="basis-full text-xs text-danger">
              A whole number from 1 to 99, or nothing.
            </p>
          )}
        </form>
      )}
    </section>
  );
}
