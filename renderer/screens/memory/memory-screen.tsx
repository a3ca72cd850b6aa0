import { useQuery } from "@tanstack/react-query";
import { Search, TriangleAlert } from "lucide-react";
import { useState } from "react";
import type { MemoryChunk } from "../../../shared/memory.ts";
import { memoryListQuery, memorySearchQuery } from "../../queries/memory.ts";
import { Button } from "../../ui/button.tsx";
import { EmptyPanel, PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { ChunkCard } from "./chunk-card.tsx";
import { EmbedderCard } from "./embedder-card.tsx";
import { LabelChips } from "./label-chips.tsx";
import { SourceDialog } from "./source-dialog.tsx";
import { SourcesCard } from "./sources-card.tsx";
import { StoreNote } from "./store-note.tsx";

const headingId = "memory-chunks";

function Chunks({ items, onSource }: { items: readonly MemoryChunk[]; onSource: (id: string) => void }) {
  return (
    <ul aria-labelledby={headingId} className="space-y-2">
      {items.map((chunk) => (
        <ChunkCard key={chunk.id} chunk={chunk} onSource={onSource} />
      ))}
    </ul>
  );
}

function Newest({ onSource }: { onSource: (id: string) => void }) {
  const query = useQuery(memoryListQuery());
  return (
    <>
      <h2 id={headingId} className="text-sm font-semibold">
        Stored last
      </h2>
      {query.data === undefined ? (
        <PanelStatus query={query} what="the memory" />
      ) : query.data.items.length === 0 ? (
        <EmptyPanel title="Nothing is remembered yet">
          What you store here is found again by its words and by what it means, by you and by the assistant.
        </EmptyPanel>
      ) : (
        <>
          <StaleNote query={query} what="the memory" />
          <Chunks items={query.data.items} onSource={onSource} />
        </>
      )}
    </>
  );
}

function Found({ q, onSource }: { q: string; onSource: (id: string) => void }) {
  const query = useQuery(memorySearchQuery(q));
  const answer = query.data;
  return (
    <>
      <div className="flex flex-wrap items-center gap-3">
        <h2 id={headingId} className="text-sm font-semibold">
          Found
        </h2>
        {answer !== undefined && answer.items.length > 0 && (
          <span className="flex items-center gap-2 text-xs text-ink-2">
            all of it together: <LabelChips label={answer.label} />
          </span>
        )}
      </div>
      {answer === undefined ? (
        <PanelStatus query={query} what="what is remembered" />
      ) : (
        <>
          <StaleNote query={query} what="what is remembered" />
          {answer.degraded !== null && (
            <p role="status" className="card flex items-start gap-2 px-4 py-2 text-sm text-warn">
              <TriangleAlert size={16} className="mt-0.5 shrink-0" aria-hidden="true" />
              Searched by words alone. {answer.degraded}
            </p>
          )}
          {answer.items.length === 0 ? (
            <EmptyPanel title="Nothing like it is remembered">Try other words, or fewer.</EmptyPanel>
          ) : (
            <Chunks items={answer.items} onSource={onSource} />
          )}
        </>
      )}
    </>
  );
}

/** What is remembered: searched, stored, traced to its sources, and taken out of circulation. */
export function MemoryScreen() {
  const [typed, setTyped] = useState("");
  const [asked, setAsked] = useState("");
  const [source, setSource] = useState<string | null>(null);
  return (
    <section aria-label="Memory" tabIndex={0} className="h-full overflow-y-auto focus-visible:outline-offset-[-2px]">
      <div className="mx-auto grid max-w-[1320px] grid-cols-[minmax(0,1fr)_360px] items-start gap-4 p-4">
        <div className="min-w-0 space-y-3">
          <form
            role="search"
            className="flex gap-2"
            onSubmit={(event) => {
              event.preventDefault();
              setAsked(typed.trim());
            }}
          >
            <input
              type="search"
              aria-label="Search the memory"
              className="input min-w-0 flex-1"
              maxLength={4000}
              placeholder="What do we know about…"
              value={typed}
              onChange={(event) => {
                setTyped(event.target.value);
                if (event.target.value === "") setAsked("");
              }}
            />
            <Button type="submit" icon={Search}>
              Search
            </Button>
          </form>
          {asked === "" ? <Newest onSource={setSource} /> : <Found q={asked} onSource={setSource} />}
        </div>
        <div className="space-y-3">
          <StoreNote />
          <SourcesCard onSource={setSource} />
          <EmbedderCard />
        </div>
      </div>
      {source !== null && <SourceDialog id={source} onClose={() => setSource(null)} />}
    </section>
  );
}
