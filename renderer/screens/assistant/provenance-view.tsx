import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { LabelChips } from "../../agent/label-chips.tsx";
import { UntrustedValue, valueBeginning } from "../../agent/untrusted-value.tsx";
import { provenanceQuery } from "../../queries/assistant.ts";
import { EmptyPanel, PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { Segments } from "../../ui/segments.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { ProvenanceGraph } from "./provenance-graph.tsx";
import { ancestorsOf, type ValueNode } from "./provenance-layout.ts";
import { operationWords } from "./provenance-words.ts";

function ValueTable({
  nodes,
  chosen,
  onChoose,
}: {
  nodes: readonly ValueNode[];
  chosen: string | null;
  onChoose: (id: string) => void;
}) {
  const lit = chosen === null ? null : ancestorsOf(nodes, chosen);
  return (
    <section aria-label="Values as a table" tabIndex={0} className="max-h-[380px] overflow-auto">
      <table className="w-full text-xs">
        <thead>
          <tr className="border-b border-line text-left">
            <th className="th py-1 pr-2">Value</th>
            <th className="th px-2">How it came to be</th>
            <th className="th px-2">Label</th>
            <th className="th px-2">Made of</th>
            <th className="th pl-2">Beginning</th>
          </tr>
        </thead>
        <tbody>
          {nodes.map((node) => (
            <tr
              key={node.id}
              className={`border-b border-line align-top last:border-0 ${node.id === chosen ? "bg-selected" : lit?.has(node.id) ? "bg-accent-soft" : ""}`}
            >
              <td className="py-1.5 pr-2">
                <button
                  type="button"
                  aria-pressed={node.id === chosen}
                  className="min-h-6 font-mono text-accent hover:underline"
                  onClick={() => onChoose(node.id)}
                >
                  {node.id}
                </button>
                {lit?.has(node.id) && node.id !== chosen && <span className="sr-only"> went into the chosen one</span>}
              </td>
              <td className="px-2 py-1.5">
                {operationWords(node)}
                {node.step !== null && <span className="text-ink-2"> (step {node.step})</span>}
              </td>
              <td className="px-2 py-1.5">
                <LabelChips trust={node.trust_level} sources={node.sources} readers={node.readers} />
              </td>
              <td className="px-2 py-1.5 font-mono">{node.parents.join(", ") || "nothing"}</td>
              <td className="max-w-[260px] truncate py-1.5 pl-2">
                <UntrustedText text={valueBeginning(node.value)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** From any value of a task back to its origins, as a graph or as a table of the same. */
export function ProvenanceView({ id }: { id: string }) {
  const query = useQuery(provenanceQuery(id));
  const [form, setForm] = useState<"graph" | "table">("graph");
  const [chosen, setChosen] = useState<string | null>(null);
  if (query.data === undefined) return <PanelStatus query={query} what="the values" />;
  const { nodes } = query.data;
  if (nodes.length === 0) return <EmptyPanel title="No value was made yet" />;
  const value = nodes.find((node) => node.id === chosen);
  return (
    <div className="space-y-3">
      <StaleNote query={query} what="the values" />
      <div className="flex items-center gap-3">
        <p className="flex-1 text-xs text-ink-2">
          Origins stand on the left. Choose a value to see what went into it. Dashed: untrusted.
        </p>
        <Segments
          legend="Form"
          options={[
            { value: "graph", label: "Graph" },
            { value: "table", label: "Table" },
          ]}
          value={form}
          onChange={setForm}
        />
      </div>
      {form === "graph" ? (
        <ProvenanceGraph nodes={nodes} chosen={chosen} onChoose={setChosen} />
      ) : (
        <ValueTable nodes={nodes} chosen={chosen} onChoose={setChosen} />
      )}
      {value !== undefined && (
        <section aria-label="The chosen value" className="space-y-1.5 text-xs">
          <p className="flex flex-wrap items-center gap-2">
            <span className="font-mono font-semibold">{value.id}</span> {operationWords(value)}
            <LabelChips trust={value.trust_level} sources={value.sources} readers={value.readers} />
          </p>
          {value.origins.length > 0 && (
            <p className="text-ink-2">
              From these sources in memory: <UntrustedText text={value.origins.join(", ")} />
            </p>
          )}
          <UntrustedValue value={value.value} label={`Value ${value.id}`} trust={value.trust_level} />
        </section>
      )}
    </div>
  );
}
