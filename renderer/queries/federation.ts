import { queryOptions } from "@tanstack/react-query";
import {
  combineFederatedUpdates,
  type Federation,
  getFederation,
  importFederatedUpdate,
  makeFederatedUpdate,
  takeFederatedUpdate,
} from "../../shared/federation.ts";
import { call, open } from "./client.ts";

/** Among the models: what changes those may change which base is next. */
export const federationQuery = () =>
  queryOptions({
    queryKey: ["models", "federation"],
    queryFn: ({ signal }): Promise<Federation> => call(getFederation, {}, { signal }),
  });

export const sendUpdate = (epsilon: number) => call(makeFederatedUpdate, { epsilon });
export const sendUpdateFile = (file: Blob) => call(importFederatedUpdate, {}, { body: file });
export const sendCombination = (updates: string[]) => call(combineFederatedUpdates, { updates });
export const takeUpdateFile = async (id: string): Promise<Blob> =>
  await (await open(takeFederatedUpdate, { id })).blob();
