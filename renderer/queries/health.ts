import { queryOptions } from "@tanstack/react-query";
import { getHealth, type Health } from "../../shared/health.ts";
import { getModelServerHealth, type ModelServerHealth } from "../../shared/model-server.ts";
import { call } from "./client.ts";

export const healthQuery = () =>
  queryOptions({
    queryKey: ["health"],
    queryFn: ({ signal }): Promise<Health> => call(getHealth, {}, { signal }),
    refetchInterval: 15_000,
    staleTime: 5_000,
    retry: false,
  });

/** How the payload model is served. Read again whenever the health is. */
export const modelServerQuery = () =>
  queryOptions({
    queryKey: ["health", "model-server"],
    queryFn: ({ signal }): Promise<ModelServerHealth> => call(getModelServerHealth, {}, { signal }),
    refetchInterval: 15_000,
    staleTime: 5_000,
    retry: false,
  });

/** Names of the components that are degraded or down; "off" is a choice, not a fault. */
export function troubled(health: Health): string[] {
  return Object.entries(health.components)
    .filter(([, { status }]) => status === "degraded" || status === "down")
    .map(([name]) => name);
}
