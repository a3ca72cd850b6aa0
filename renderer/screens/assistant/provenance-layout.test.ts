import { expect, test } from "vitest";
import { ancestorsOf, placeNodes, type ValueNode } from "./provenance-layout.ts";

const node = (id: string, ...parents: string[]): ValueNode => ({
  id,
  operation: "answer",
  trust_level: "untrusted",
  sources: ["tool"],
  readers: "everyone",
  parents,
  detail: "",
  origins: [],
  step: null,
  value: id,
});

const nodes = [node("a"), node("b"), node("c", "a", "b"), node("d", "c"), node("e", "b")];

test("a value leads back to all that went into it, and to nothing else", () => {
  expect([...ancestorsOf(nodes, "d")].sort()).toEqual(["a", "b", "c", "d"]);
  expect([...ancestorsOf(nodes, "e")].sort()).toEqual(["b", "e"]);
  expect([...ancestorsOf(nodes, "a")]).toEqual(["a"]);
});

test("what is made stands to the right of what it is made of, and no two lie on each other", () => {
  const at = placeNodes(nodes);
  for (const { id, parents } of nodes)
    for (const parent of parents) expect(at.get(id)!.x).toBeGreaterThan(at.get(parent)!.x);
  expect(new Set([...at.values()].map(({ x, y }) => `${x} ${y}`)).size).toBe(nodes.length);
  expect(placeNodes([]).size).toBe(0);
});
