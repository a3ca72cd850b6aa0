import type { TrainingEpoch } from "../../../shared/model.ts";
import { ChartCard, NumberTable } from "../../learn/chart-card.tsx";
import { formatShare } from "../../learn/estimate.ts";
import { NumberChart } from "../../learn/line-chart.tsx";

const nameOf = ({ fold, epoch }: TrainingEpoch) => `${fold === null ? "model" : `fold ${fold + 1}`}, ${epoch}`;

/** Loss and F1 of every epoch, fit after fit. */
export function TrainingCurve({ epochs }: { epochs: readonly TrainingEpoch[] }) {
  const last = epochs.at(-1);
  const rows = epochs.map((epoch) => ({ name: nameOf(epoch), loss: epoch.loss, f1: epoch.validation_f1 }));
  return (
    <ChartCard
      title="Epochs"
      note={last === undefined ? "" : `${last.done} of ${last.total}`}
      chart={
        <NumberChart
          label={`Loss and F1 on unseen rows, ${epochs.length} epochs. The table has the same numbers.`}
          rows={rows}
          x={{ key: "name", name: "Fit and epoch" }}
          lines={[
            { key: "f1", name: "F1 on unseen rows", look: "first" },
            { key: "loss", name: "Loss", look: "second" },
          ]}
        />
      }
      table={
        <NumberTable
          label="Loss and F1 of every epoch"
          head={["Fit and epoch", "Loss", "F1 on unseen rows"]}
          rows={epochs.map((epoch) => ({
            key: String(epoch.done),
            cells: [
              nameOf(epoch),
              epoch.loss.toFixed(4),
              epoch.validation_f1 === null ? "–" : formatShare(epoch.validation_f1),
            ],
          }))}
        />
      }
    />
  );
}
