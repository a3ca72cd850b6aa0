import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { FileUp, Play } from "lucide-react";
import { useId, useRef, useState } from "react";
import { tellTrainingNeed, whyNotTrain } from "../../learn/training-need.ts";
import { refusalInWords } from "../../queries/client.ts";
import { datasetStatsQuery } from "../../queries/datasets.ts";
import { sendRows, sendTraining } from "../../queries/models.ts";
import { Button } from "../../ui/button.tsx";
import { Segments } from "../../ui/segments.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatCount, formatPlural } from "../../view/format.ts";
import { placeHash } from "../../view/place.ts";
import { useKeys } from "../../view/use-keys.ts";

const starts = [
  { value: "champion", label: "From the champion" },
  { value: "scratch", label: "From scratch" },
] as const;

interface Problems {
  readonly file: string;
  readonly rows: number;
  readonly refused: number;
  readonly problems: readonly { readonly line: number; readonly what: string }[];
}

/** Starts a training on the newest dataset version or on a file. */
export function TrainingForm({ isBusy }: { isBusy: boolean }) {
  const client = useQueryClient();
  const seedId = useId();
  const file = useRef<HTMLInputElement>(null);
  const [seed, setSeed] = useState("sentinel");
  const [start, setStart] = useState<"champion" | "scratch">("champion");
  const [problems, setProblems] = useState<Problems | null>(null);
  const training = useMutation({
    async mutationFn(chosen: File | null) {
      setProblems(null);
      if (chosen === null) {
        await sendTraining({ dataset_version: null, seed, start });
        return;
      }
      const begun = await sendRows(chosen, { seed, start });
      if (begun.problems.length > 0) setProblems({ file: chosen.name, ...begun });
    },
    networkMode: "always",
    onSuccess: () => client.invalidateQueries({ queryKey: ["jobs"] }),
  });
  const isUnderWay = isBusy || training.isPending;
  const hasSeed = seed.trim() !== "";
  const isBlocked = isUnderWay || !hasSeed;
  const stats = useQuery(datasetStatsQuery()).data;
  const need = stats === undefined ? null : tellTrainingNeed(stats);
  const needId = useId();
  const emptySeedId = useId();
  useKeys(
    {
      train: () => {
        if (!isBlocked && need === null) training.mutate(null);
      },
    },
    () => whyNotTrain({ isUnderWay, hasSeed, need }),
  );
  return (
    <section aria-label="Start a training" className="card space-y-3 p-4">
      <div className="flex flex-wrap items-end gap-4">
        <div>
          <p className="mb-1 text-xs font-medium text-ink-2">Goes on</p>
          <Segments legend="What the training goes on from" options={starts} value={start} onChange={setStart} />
        </div>
        <div className="w-[220px]">
          <label htmlFor={seedId} className="mb-1 block text-xs font-medium text-ink-2">
            Seed (same seed, same model)
          </label>
          <input
            id={seedId}
            className="input w-full"
            maxLength={200}
            spellCheck={false}
            value={seed}
            aria-invalid={!hasSeed}
            aria-describedby={hasSeed ? undefined : emptySeedId}
            onChange={(event) => setSeed(event.target.value)}
          />
        </div>
        <div className="ml-auto flex gap-2">
          <Button icon={FileUp} disabled={isBlocked} onClick={() => file.current?.click()}>
            Train on a file…
          </Button>
          <Button
            tone="primary"
            icon={Play}
            disabled={isBlocked || need !== null}
            aria-describedby={need === null ? undefined : needId}
            onClick={() => training.mutate(null)}
          >
            Train on the dataset
          </Button>
        </div>
        <input
          ref={file}
          type="file"
          hidden
          accept=".jsonl,.ndjson,.json"
          aria-label="File of labelled rows"
          onChange={(event) => {
            const [chosen] = event.target.files ?? [];
            event.target.value = "";
            if (chosen !== undefined) training.mutate(chosen);
          }}
        />
      </div>
      <p className="text-xs text-ink-2">
        From the champion: what the model knows is kept, and a few labels correct it. The result decides nothing before
        it is made champion. A file holds a JSON object a line, with <code className="font-mono">text</code> and{" "}
        <code className="font-mono">label</code>.
      </p>
      {!hasSeed && (
        <p id={emptySeedId} className="text-xs text-warn">
          A training needs a seed: any text, by which its draws can be made again.
        </p>
      )}
      {need !== null && (
        <p id={needId} className="text-xs text-warn">
          {need}{" "}
          <a className="font-medium underline" href={placeHash({ screen: "labelling" })}>
            Label payloads
          </a>
          , then make a version under{" "}
          <a className="font-medium underline" href={placeHash({ screen: "datasets" })}>
            Datasets
          </a>
          ; or train on a file.
        </p>
      )}
      {training.error !== null && (
        <p role="alert" className="text-xs break-words text-danger [&_.untrusted]:font-sans">
          Not started: <UntrustedText text={refusalInWords(training.error)} />
        </p>
      )}
      {problems !== null && (
        <div role="status" className="text-xs text-warn">
          {formatPlural(problems.rows, "row")} of <UntrustedText text={problems.file} /> are used,{" "}
          {formatPlural(problems.refused, "line")} not:
          <ul className="mt-1 max-h-24 overflow-y-auto">
            {problems.problems.map(({ line, what }) => (
              <li key={line}>
                line {line}: <UntrustedText text={what} />
              </li>
            ))}
            {problems.refused > problems.problems.length && (
              <li>… and {formatCount(problems.refused - problems.problems.length)} more</li>
            )}
          </ul>
        </div>
      )}
    </section>
  );
}
