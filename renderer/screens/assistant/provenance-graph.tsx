import "@xyflow/react/dist/style.css";
import { Background, Controls, type Edge, Handle, type Node, type NodeProps, Position, ReactFlow } from "@xyflow/react";
import { ShieldCheck, ShieldQuestion } from "lucide-react";
import { useMemo } from "react";
import { sourceWords } from "../../agent/task-words.ts";
import { valueBeginning } from "../../agent/untrusted-value.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { useView } from "../../view/view.ts";
import { ancestorsOf, nodeSize, placeNodes, type ValueNode } from "./provenance-layout.ts";
import { operationWords } from "./provenance-words.ts";

type FlowNode = Node<{ value: ValueNode; isLit: boolean; isChosen: boolean }, "value">;

function ValueBox({ data: { value, isLit, isChosen } }: NodeProps<FlowNode>) {
  const Icon = value.trust_level === "trusted" ? ShieldCheck : ShieldQuestion;
  const edge = value.trust_level === "trusted" ? "border-good" : "border-dashed border-warn";
  return (
    <div
      style={nodeSize}
      className={`overflow-hidden rounded-md border-2 bg-surface px-2 py-1.5 text-2xs ${edge} ${isLit ? "" : "opacity-40"} ${isChosen ? "ring-2 ring-accent" : ""}`}
    >
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <p className="flex items-center gap-1 font-semibold text-ink">
        <Icon size={12} className={value.trust_level === "trusted" ? "text-good" : "text-warn"} aria-hidden="true" />
        <span className="truncate">{value.step === null ? operationWords(value) : `step ${value.step}`}</span>
      </p>
      <p className="truncate text-ink-2">
        {value.trust_level}, from {value.sources.map((source) => sourceWords[source] ?? source).join(", ") || "nobody"}
      </p>
      <p className="line-clamp-2 break-all text-ink">
        <UntrustedText text={valueBeginning(value.value)} />
      </p>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  );
}

const nodeTypes = { value: ValueBox };

interface ProvenanceGraphProps {
  readonly nodes: readonly ValueNode[];
  readonly chosen: string | null;
  readonly onChoose: (id: string) => void;
}

/** Values from where they came (left) to what was made of them (right). Choosing one shows what went into it. */
export function ProvenanceGraph({ nodes, chosen, onChoose }: ProvenanceGraphProps) {
  const theme = useView((view) => view.theme);
  const places = useMemo(() => placeNodes(nodes), [nodes]);
  const lit = useMemo(() => (chosen === null ? null : ancestorsOf(nodes, chosen)), [nodes, chosen]);
  const isLit = (id: string) => lit === null || lit.has(id);
  const flowNodes = nodes.map(
    (value): FlowNode => ({
      id: value.id,
      type: "value",
      position: places.get(value.id)!,
      ariaLabel: `${value.step === null ? operationWords(value) : `step ${value.step}`}, ${value.trust_level}`,
      data: { value, isLit: isLit(value.id), isChosen: value.id === chosen },
      width: nodeSize.width,
      height: nodeSize.height,
    }),
  );
  const edges = nodes.flatMap(({ id, parents }) =>
    [...new Set(parents)].map(
      (parent): Edge => ({
        id: `${parent} ${id}`,
        source: parent,
        target: id,
        style: { stroke: "var(--ink-3)", opacity: isLit(id) && isLit(parent) ? 1 : 0.25 },
        focusable: false,
      }),
    ),
  );
  return (
    <section aria-label="Graph of values" className="h-[380px] rounded-md border border-line">
      <ReactFlow
        nodes={flowNodes}
        edges={edges}
        nodeTypes={nodeTypes}
        colorMode={theme}
        fitView
        minZoom={0.2}
        nodesDraggable={false}
        nodesConnectable={false}
        elementsSelectable
        onNodeClick={(_event, node) => onChoose(node.id)}
        onSelectionChange={({ nodes: selected }) => {
          const [one] = selected;
          if (one !== undefined && one.id !== chosen) onChoose(one.id);
        }}
        proOptions={{ hideAttribution: true }}
      >
        <Background />
        <Controls showInteractive={false} />
      </ReactFlow>
    </section>
  );
}
