import { queryOptions } from "@tanstack/react-query";
import { type Counterfactual, getCounterfactual } from "../../shared/payload-explanation.ts";
import { call } from "./client.ts";

/** The smallest edit of the verdict's worst payload that would change its judgement. */
export const counterfactualQuery = (id: string) =>
  queryOptions({
    queryKey: ["verdict", id, "counterfactual"],
    queryFn: ({ signal }): Promise<Counterfactual> => call(getCounterfactual, { id }, { signal }),
    staleTime: 300_000,
  });
