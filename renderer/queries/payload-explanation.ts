import { queryOptions } from "@tanstack/react-query";
import { type Counterfactual, getCounterfactual, getHighlights } from "../../shared/payload-explanation.ts";
import { call } from "./client.ts";

/** The smallest edit of the verdict's worst payload that would change its judgement. */
export const counterfactualQuery = (id: string) =>
  queryOptions({
    queryKey: ["verdict", id, "counterfactual"],
    queryFn: ({ signal }): Promise<Counterfactual> => call(getCounterfactual, { id }, { signal }),
    staleTime: 300_000,
  });

/** What each stretch of a request's payloads did to their judgement. */
export const highlightsQuery = (id: string, request: number) =>
  queryOptions({
    queryKey: ["verdict", id, "highlights", request],
    queryFn: ({ signal }) => call(getHighlights, { id, request }, { signal }),
    staleTime: 300_000,
  });
