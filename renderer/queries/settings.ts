import { type QueryClient, queryOptions, useQuery } from "@tanstack/react-query";
import { type FlagState, listFeatureFlags } from "../../shared/feature-flags.ts";
import type { Input, Output } from "../../shared/route.ts";
import { changeSettings, getSettings } from "../../shared/settings.ts";
import { type TimeZone, useView } from "../view/view.ts";
import { call } from "./client.ts";

export type SettingsInForce = Output<typeof getSettings>;

export const settingsQuery = () =>
  queryOptions({
    queryKey: ["settings"],
    queryFn: ({ signal }): Promise<SettingsInForce> => call(getSettings, {}, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Also stale when settings change: its key begins like theirs. It counts sessions, which come all the time. */
export const featureFlagsQuery = () =>
  queryOptions({
    queryKey: ["settings", "flags"],
    queryFn: ({ signal }): Promise<FlagState[]> => call(listFeatureFlags, {}, { signal }),
    staleTime: 0,
    refetchInterval: 15_000,
  });

export const saveSettings = (changes: Input<typeof changeSettings>["changes"], baseVersion: number) =>
  call(changeSettings, { changes, base_version: baseVersion });

/** What was saved, as everything in this window sees it from now on. */
export function adoptSettings(client: QueryClient, { settings, version }: SettingsInForce): void {
  client.setQueryData(settingsQuery().queryKey, { settings, version });
}

/** The zone of every time on the screens: chosen here with a key, else the setting, else UTC. */
export function useTimeZone(): TimeZone {
  const chosen = useView((view) => view.timeZone);
  const { data } = useQuery(settingsQuery());
  return chosen ?? data?.settings.time_zone ?? "utc";
}
