import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { memorySourcesQuery } from "../../queries/memory.ts";
import { Badge } from "../../ui/badge.tsx";
import { PanelStatus } from "../../ui/panel-status.tsx";
import { Segments } from "../../ui/segments.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatPlural } from "../../view/format.ts";
import { kindWords } from "./label-chips.tsx";

const choices = [
  { value: "all", label: "All" },
  { value: "revoked", label: "Revoked" },
] as const;

/** What stored texts were taken from. */
export function SourcesCard({ onSource }: { onSource: (id: string) => void }) {
  const [choice, setChoice] = useState<(typeof choices)[number]["value"]>("all");
  const query = useQuery(memorySourcesQuery(choice === "revoked"));
  return (
    <section aria-labelledby="memory-sources" className="card p-4">
      <div className="flex items-center justify-between gap-2">
        <h2 id="memory-sources" className="text-sm font-semibold">
          Sources
        </h2>
        <Segments legend="Which sources" options={choices} value={choice} onChange={setChoice} />
      </div>
      {query.data === undefined ? (
        <PanelStatus query={query} what="the sources" />
      ) : query.data.items.length === 0 ? (
        <p className="mt-2 text-sm text-ink-2">{choice === "all" ? "None yet." : "None is revoked."}</p>
      ) : (
        <ul className="mt-2 max-h-[360px] divide-y divide-line overflow-y-auto">
          {query.data.items.map((source) => (
            <li key={source.id}>
              <button
                type="button"
                className="flex w-full items-center gap-2 rounded px-1 py-1.5 text-left text-sm hover:bg-hover focus-visible:outline-offset-[-2px]"
                onClick={() => onSource(source.id)}
              >
                <span className="min-w-0 flex-1 truncate">
                  {kindWords[source.kind]}
                  {source.title !== null && (
                    <>
                      {" "}
                      “<UntrustedText text={source.title} />”
                    </>
                  )}
                </span>
                <span className="shrink-0 text-xs text-ink-2">{formatPlural(source.chunks, "chunk")}</span>
                {source.revoked !== null && <Badge tone="danger">Revoked</Badge>}
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
