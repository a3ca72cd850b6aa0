import { useQuery } from "@tanstack/react-query";
import { type CardBlock, splitCard } from "../../learn/card-blocks.ts";
import { modelCardQuery } from "../../queries/models.ts";
import { NoteText } from "../../ui/note-text.tsx";
import { PanelStatus } from "../../ui/panel-status.tsx";

function CardTable({ head, rows }: Extract<CardBlock, { kind: "table" }>) {
  const hasHead = head.some((name) => name !== "");
  return (
    <table className="my-2 w-full text-xs">
      {hasHead && (
        <thead>
          <tr>
            {head.map((name, i) =>
              name === "" ? (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns of one table never move.
                <td key={i} />
              ) : (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns of one table never move.
                <th key={i} className="th py-1 pr-3">
                  {name}
                </th>
              ),
            )}
          </tr>
        </thead>
      )}
      <tbody>
        {rows.map((cells) => (
          <tr key={cells[0]} className="border-t border-line align-top">
            {cells.map((cell, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: columns of one table never move.
              <td key={i} className={`py-1 pr-3 ${i === 0 ? "w-[150px] text-ink-2" : ""}`}>
                <NoteText text={cell} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The card as its Markdown says it. */
export function ModelCard({ id }: { id: string }) {
  const query = useQuery(modelCardQuery(id));
  if (query.data === undefined) return <PanelStatus query={query} what="the card" />;
  return (
    <section aria-label="Card" className="card overflow-x-auto p-4 text-sm">
      {splitCard(query.data).map((block, i) =>
        block.kind === "text" ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the blocks of one card never move.
          <NoteText key={i} text={block.text} />
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the blocks of one card never move.
          <CardTable key={i} {...block} />
        ),
      )}
    </section>
  );
}
