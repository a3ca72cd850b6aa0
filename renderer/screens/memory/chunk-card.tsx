import { Trash2 } from "lucide-react";
import type { FoundChunk, MemoryChunk } from "../../../shared/memory.ts";
import { sendMemoryRemoval } from "../../queries/memory.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatInstant } from "../../view/format.ts";
import { kindWords, LabelChips } from "./label-chips.tsx";
import { useMemoryDeed } from "./use-memory-deed.ts";

interface ChunkCardProps {
  readonly chunk: MemoryChunk | FoundChunk;
  /** Shows where it came from. */
  readonly onSource: (id: string) => void;
}

/** A remembered chunk: what it says, what is known about it, where it came from. */
export function ChunkCard({ chunk, onSource }: ChunkCardProps) {
  const zone = useTimeZone();
  const deed = useMemoryDeed();
  const { source } = chunk;
  return (
    <li className="card p-3">
      <div className="flex items-start gap-2">
        <div className="min-w-0 flex-1">
          <LabelChips label={chunk.label} />
        </div>
        {"found_by" in chunk && (
          <span className="flex gap-1.5" title="What it was found by">
            {chunk.found_by.map((way) => (
              <Badge key={way} tone="accent">
                {way === "words" ? "same words" : "like meaning"}
              </Badge>
            ))}
          </span>
        )}
        <IconButton
          icon={Trash2}
          label="Delete this chunk"
          className="-my-1"
          disabled={deed.isPending}
          onClick={() => deed.mutate({ words: "The chunk is deleted.", send: () => sendMemoryRemoval(chunk.id) })}
        />
      </div>
      <p className="my-2 max-w-[95ch] text-sm break-words whitespace-pre-wrap">
        <UntrustedText text={chunk.text} lines />
      </p>
      <p className="flex flex-wrap items-center gap-2 text-xs text-ink-2">
        <span>
          {kindWords[source.kind]}
          {source.title !== null && (
            <>
              {" "}
              “<UntrustedText text={source.title} />”
            </>
          )}
          , {formatInstant(chunk.at, zone)}
        </span>
        <Button size="small" tone="ghost" onClick={() => onSource(source.id)}>
          What came from it…
        </Button>
      </p>
    </li>
  );
}
