import { queryOptions } from "@tanstack/react-query";
import { fetchModel, listModelsElsewhere } from "../../shared/model-sharing.ts";
import type { Output } from "../../shared/route.ts";
import { call } from "./client.ts";

export type Elsewhere = Output<typeof listModelsElsewhere>;

/** What lies on the shelf and in the catalogue that engines share, as they answer now. */
export const elsewhereQuery = () =>
  queryOptions({
    queryKey: ["models", "elsewhere"],
    queryFn: ({ signal }): Promise<Elsewhere> => call(listModelsElsewhere, {}, { signal }),
    staleTime: 10_000,
  });

export const sendFetch = (id: string) => call(fetchModel, { id });
