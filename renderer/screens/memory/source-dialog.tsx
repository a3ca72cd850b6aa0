import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { memorySourceQuery, sendRestoration, sendRevocation } from "../../queries/memory.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { PanelStatus } from "../../ui/panel-status.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatInstant, formatPlural } from "../../view/format.ts";
import { kindWords, LabelChips } from "./label-chips.tsx";
import { useMemoryDeed } from "./use-memory-deed.ts";

/** A source and what came from it; revoking it, with what is quarantined in sight before. */
export function SourceDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const query = useQuery(memorySourceQuery(id));
  const zone = useTimeZone();
  const deed = useMemoryDeed();
  const [reason, setReason] = useState("");
  const reasonId = useId();
  if (query.data === undefined) {
    return (
      <Dialog title="Source" onClose={onClose} size="medium">
        <PanelStatus query={query} what="the source" />
      </Dialog>
    );
  }
  const { source, chunks } = query.data;
  const count = formatPlural(source.chunks, "chunk");
  const more = source.chunks - chunks.length;
  const revoke = () =>
    deed.mutate(
      {
        words: `The source is revoked; ${count} quarantined.`,
        send: () => sendRevocation(id, reason.trim(), source.version),
      },
      { onSuccess: onClose },
    );
  const restore = () =>
    deed.mutate(
      {
        words: `The source is trusted as before; ${count} can be found again.`,
        send: () => sendRestoration(id, source.version),
      },
      { onSuccess: onClose },
    );
  return (
    <Dialog
      title={`${kindWords[source.kind]}, stored ${formatInstant(source.at, zone)}`}
      onClose={onClose}
      size="medium"
      actions={
        <>
          <Button onClick={onClose}>Close</Button>
          {source.revoked === null ? (
            <Button tone="danger" disabled={deed.isPending} onClick={revoke}>
              Revoke, quarantine {count}
            </Button>
          ) : (
            <Button tone="primary" disabled={deed.isPending} onClick={restore}>
              Restore {count}
            </Button>
          )}
        </>
      }
    >
      {source.title !== null && (
        <p className="mb-2 font-medium break-words">
          <UntrustedText text={source.title} />
        </p>
      )}
      <LabelChips label={source.label} />
      {source.revoked === null ? (
        <>
          <p className="mt-3 text-sm text-ink-2">
            Revoking this source quarantines everything below, what tasks made of it included: nobody finds it any more,
            neither people nor the assistant. It can be undone.
          </p>
          <label htmlFor={reasonId} className="mt-3 block text-sm font-medium">
            Why (optional)
          </label>
          <input
            id={reasonId}
            className="input mt-1 w-full"
            maxLength={500}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        </>
      ) : (
        <p className="mt-3 text-sm text-warn">
          Revoked by <UntrustedText text={source.revoked.by} />, {formatInstant(source.revoked.at, zone)}
          {source.revoked.reason !== null && source.revoked.reason !== "" && (
            <>
              : <UntrustedText text={source.revoked.reason} />
            </>
          )}
          . Nothing of it is found.
        </p>
      )}
      <h3 className="mt-4 text-sm font-semibold">What came from it: {count}</h3>
      <ul className="mt-1 divide-y divide-line">
        {chunks.map((chunk) => (
          <li key={chunk.id} className="py-2 text-sm break-words whitespace-pre-wrap">
            <UntrustedText text={chunk.text} lines />
          </li>
        ))}
      </ul>
      {more > 0 && (
        <p className="text-xs text-ink-2">And {formatPlural(more, "chunk")} more, some of them not yours to read.</p>
      )}
    </Dialog>
  );
}
