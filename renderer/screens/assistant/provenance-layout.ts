import { graphlib, layout } from "@dagrejs/dagre";
import type { z } from "zod";
import type { ProvenanceNode } from "../../../shared/agent-task.ts";

export type ValueNode = z.infer<typeof ProvenanceNode>;

/** Size of a node in the graph, CSS pixels. */
export const nodeSize = { width: 208, height: 76 };

/** A value and all that went into it, back to where it came from. */
export function ancestorsOf(nodes: readonly ValueNode[], id: string): ReadonlySet<string> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const found = new Set<string>();
  const left = [id];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    left.push(...(byId.get(next)?.parents ?? []));
  }
  return found;
}

/** Where each node stands: origins on the left, what is made of them to their right. */
export function placeNodes(nodes: readonly ValueNode[]): ReadonlyMap<string, { x: number; y: number }> {
  const graph = new graphlib.Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 16, ranksep: 48 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id } of nodes) graph.setNode(id, { ...nodeSize });
  const known = new Set(nodes.map(({ id }) => id));
  for (const { id, parents } of nodes) for (const parent of parents) if (known.has(parent)) graph.setEdge(parent, id);
  layout(graph);
  return new Map(
    nodes.map(({ id }) => {
      const { x, y } = graph.node(id) as { x: number; y: number };
      return [id, { x: x - nodeSize.width / 2, y: y - nodeSize.height / 2 }];
    }),
  );
}
