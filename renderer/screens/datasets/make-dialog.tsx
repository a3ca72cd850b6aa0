import { useQuery } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { useId, useRef, useState } from "react";
import { datasetStatsQuery } from "../../queries/datasets.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { KeyCap } from "../../ui/key-cap.tsx";
import { useDatasetView } from "../../view/dataset-view.ts";
import { formatPlural } from "../../view/format.ts";

interface MakeDialogProps {
  readonly onClose: () => void;
  readonly onConfirm: (why: string) => void;
}

/** Labels that look poisoned would be learned from: told before, and not only where somebody looks for it. */
function PoisonNote({ onLook }: { onLook: () => void }) {
  const batches = useQuery(datasetStatsQuery()).data?.labels.suspicious ?? [];
  if (batches.length === 0) return null;
  const labels = batches.reduce((sum, batch) => sum + batch.labels, 0);
  return (
    <div role="status" className="mb-3 flex items-start gap-2 rounded-md border border-warn bg-warn-soft p-3">
      <TriangleAlert size={16} className="mt-0.5 shrink-0 text-warn" aria-hidden="true" />
      <p className="min-w-0 flex-1 text-sm">
        {formatPlural(labels, "label")} {labels === 1 ? "looks" : "look"} poisoned, in{" "}
        {batches.length === 1 ? "one batch" : `${batches.length} batches`}. They would be in the version.
      </p>
      <Button size="small" onClick={onLook}>
        Look first
      </Button>
    </div>
  );
}

/** Why a version is made: whoever trains on it later wants to know. */
export function MakeDialog({ onClose, onConfirm }: MakeDialogProps) {
  const [why, setWhy] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const confirm = () => {
    onClose();
    onConfirm(why.trim());
  };
  return (
    <Dialog
      title="Make a dataset version"
      onClose={onClose}
      focus={field}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || event.target instanceof HTMLButtonElement) return;
        event.preventDefault();
        confirm();
      }}
      actions={
        <>
          <Button onClick={onClose} aria-keyshortcuts="Escape">
            Cancel <KeyCap name="Escape" isHint />
          </Button>
          <Button tone="primary" onClick={confirm} aria-keyshortcuts="Enter">
            Make it <KeyCap name="Enter" isHint />
          </Button>
        </>
      }
    >
      <PoisonNote
        onLook={() => {
          useDatasetView.setState({ tab: "labels" });
          onClose();
        }}
      />
      <p className="mb-3 text-ink-2">
        Of everything that is labelled and agreed on now. A version never changes; each sample keeps the split that it
        had.
      </p>
      <label htmlFor={id} className="mb-1 block text-xs font-medium text-ink-2">
        Why (optional)
      </label>
      <input
        ref={field}
        id={id}
        className="input w-full"
        maxLength={2000}
        autoComplete="off"
        value={why}
        onChange={(event) => setWhy(event.target.value)}
      />
    </Dialog>
  );
}
