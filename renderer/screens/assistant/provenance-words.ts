import { humanise } from "../../view/format.ts";
import type { ValueNode } from "./provenance-layout.ts";

const words: Readonly<Record<string, string>> = {
  given: "given",
  answer: "answered by the local model",
  result: "given by",
  select: "part",
  fill: "filled in",
  build: "put together",
  endorse: "equals what is trusted",
  remember: "remembered",
};

/** How a value came to be. */
export function operationWords({ operation, detail }: Pick<ValueNode, "operation" | "detail">): string {
  const word = words[operation] ?? humanise(operation).toLowerCase();
  return operation === "answer" || detail === "" ? word : `${word} ${detail}`;
}
