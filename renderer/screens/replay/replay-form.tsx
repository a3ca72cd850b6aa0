import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { History } from "lucide-react";
import { type ReactNode, useId, useState } from "react";
import { replayModelsQuery, sendReplay } from "../../queries/replays.ts";
import { Button } from "../../ui/button.tsx";
import { fromField } from "../../view/shift-range.ts";

/** A number in [0, 1], null where nothing is written, undefined where it is none. */
function readThreshold(text: string): number | null | undefined {
  if (text.trim() === "") return null;
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 && value <= 1 ? value : undefined;
}

/** A moment, null where nothing is written. */
const readMoment = (text: string): string | null => (text === "" ? null : fromField(text));

function Field({ label, children }: { label: string; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-xs text-ink-2">
        {label}
      </label>
      {children(id)}
    </div>
  );
}

/** What is to be asked of the past: which model, which period, which thresholds. */
export function ReplayForm({ onStarted }: { onStarted: (id: string) => void }) {
  const client = useQueryClient();
  const models = useQuery(replayModelsQuery()).data;
  const [model, setModel] = useState("as_decided");
  const [behaviour, setBehaviour] = useState("as_decided");
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const [tag, setTag] = useState("");
  const [simulate, setSimulate] = useState("");
  const starting = useMutation({
    mutationFn: sendReplay,
    onSuccess: async ({ job_id }) => {
      await client.invalidateQueries({ queryKey: ["replays"] });
      await client.invalidateQueries({ queryKey: ["jobs"] });
      onStarted(job_id);
    },
  });
  const thresholds = { tag: readThreshold(tag), simulate: readThreshold(simulate) };
  const isValid = thresholds.tag !== undefined && thresholds.simulate !== undefined;
  return (
    <form
      aria-label="Ask the past"
      className="flex shrink-0 flex-wrap items-end gap-3 border-b border-line bg-surface px-4 py-2.5"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isValid) return;
        starting.mutate({
          payload_model: model,
          behaviour_model: behaviour,
          from: readMoment(from),
          to: readMoment(to),
          tag_threshold: (thresholds.tag ?? null) as never,
          simulate_threshold: (thresholds.simulate ?? null) as never,
        });
      }}
    >
      <Field label="Payload model">
        {(id) => (
          <select id={id} className="input w-[270px]" value={model} onChange={(event) => setModel(event.target.value)}>
            <option value="as_decided">As decided then: proves the verdicts</option>
            {models?.payload.map(({ model: value, hash, label }) => (
              <option key={hash} value={value}>
                {label} ({hash.slice(0, 8)})
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Behaviour model">
        {(id) => (
          <select
            id={id}
            className="input w-[210px]"
            value={behaviour}
            onChange={(event) => setBehaviour(event.target.value)}
          >
            <option value="as_decided">As decided then</option>
            {models?.behaviour.map(({ hash, label }) => (
              <option key={hash} value={hash}>
                {label} ({hash.slice(0, 8)})
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Sessions from, UTC">
        {(id) => (
          <input
            id={id}
            type="datetime-local"
            className="input w-[184px]"
            value={from}
            onChange={(event) => setFrom(event.target.value)}
          />
        )}
      </Field>
      <Field label="to, UTC">
        {(id) => (
          <input
            id={id}
            type="datetime-local"
            className="input w-[184px]"
            value={to}
            onChange={(event) => setTo(event.target.value)}
          />
        )}
      </Field>
      <Field label="Tag from">
        {(id) => (
          <input
            id={id}
            inputMode="decimal"
            placeholder="as then"
            className="input w-[84px]"
            aria-invalid={thresholds.tag === undefined}
            value={tag}
            onChange={(event) => setTag(event.target.value)}
          />
        )}
      </Field>
      <Field label="Simulate from">
        {(id) => (
          <input
            id={id}
            inputMode="decimal"
            placeholder="as then"
            className="input w-[84px]"
            aria-invalid={thresholds.simulate === undefined}
            value={simulate}
            onChange={(event) => setSimulate(event.target.value)}
          />
        )}
      </Field>
      <Button type="submit" tone="primary" icon={History} disabled={!isValid || starting.isPending}>
        Judge again
      </Button>
      <p role="status" className="min-w-0 basis-full text-xs text-ink-2">
        {starting.error === null ? (
          "Reads the stored evidence once more. Verdicts and alerts stay as they are."
        ) : (
          <span className="text-danger">{starting.error.message}</span>
        )}
      </p>
    </form>
  );
}
