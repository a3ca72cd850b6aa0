import type { z } from "zod";
import type { Counterfactual } from "../../shared/payload-explanation.ts";

type Edit = NonNullable<z.infer<typeof Counterfactual>["edit"]>;

/** What is known of smaller edits than this one: what was tried, and no more. */
export function minimalInWords({ changed, minimal }: Pick<Edit, "changed" | "minimal">): string {
  if (changed === 1) return "which is the least there can be";
  return minimal === "exhaustive"
    ? "deleting any one character, or putting a neutral one in its place, is not enough"
    : "the smallest edit found";
}
