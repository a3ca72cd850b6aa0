import { queryOptions } from "@tanstack/react-query";
import type { Input } from "../../shared/route.ts";
import {
  clearFlowOverride,
  type FlowOverride,
  listFlowOverrides,
  rebaseTelemetry,
  setFlowOverride,
  type TelemetryState,
  telemetryState,
} from "../../shared/telemetry.ts";
import { call } from "./client.ts";

export type OverrideDraft = Input<typeof setFlowOverride>;

/** Samples come many a second and are told to nobody: what is open looks again after this time. */
const againMs = 5_000;

export const telemetryQuery = () =>
  queryOptions({
    queryKey: ["telemetry", "state"],
    queryFn: ({ signal }): Promise<TelemetryState> => call(telemetryState, {}, { signal }),
    refetchInterval: againMs,
  });

export const overridesQuery = () =>
  queryOptions({
    queryKey: ["telemetry", "overrides"],
    queryFn: ({ signal }): Promise<FlowOverride[]> => call(listFlowOverrides, {}, { signal }),
    // One with an end is over by itself.
    refetchInterval: againMs,
  });

export const sendOverride = (draft: OverrideDraft) => call(setFlowOverride, draft);
export const sendOverrideEnd = (id: string) => call(clearFlowOverride, { id });
export const sendRebase = (reason: string) => call(rebaseTelemetry, { reason });
