import { queryOptions } from "@tanstack/react-query";
import { type Canary, getCanary, promoteModel, rollBackCanary } from "../../shared/canary.ts";
import { listModels } from "../../shared/model.ts";
import type { Input } from "../../shared/route.ts";
import { call } from "./client.ts";

/** The model on trial, and how it fares. */
export const canaryQuery = () =>
  queryOptions({
    queryKey: ["models", "canary"],
    queryFn: ({ signal }): Promise<Canary> => call(getCanary, {}, { signal }),
  });

/** Models that may decide and do not yet. */
export const candidatesQuery = () =>
  queryOptions({
    queryKey: ["models", "candidates"],
    queryFn: async ({ signal }) => {
      const { models } = await call(listModels, {}, { signal });
      return models.filter((model) => model.may_decide && !model.aliases.includes("champion"));
    },
  });

export const sendPromotion = (input: Input<typeof promoteModel>) => call(promoteModel, input);
export const sendRollBack = () => call(rollBackCanary, {});
