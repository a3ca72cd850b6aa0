import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import {
  acknowledgeDrift,
  type Drift,
  type DriftAlarm,
  type DriftLook,
  type DriftWindow,
  getDrift,
  getDriftAlarm,
  listDriftLooks,
  refitBehaviour,
} from "../../shared/drift.ts";
import { call } from "./client.ts";

/** A look is made anew where anything has come since; what is open is looked at again after this time. */
const againMs = 15_000;
const alarmMs = 60_000;

export const driftQuery = (window: DriftWindow) =>
  queryOptions({
    queryKey: ["drift", "look", window],
    queryFn: ({ signal }): Promise<Drift> => call(getDrift, { window }, { signal }),
    placeholderData: keepPreviousData,
    // Opened again, the screen shows what has come meanwhile.
    staleTime: 5000,
    refetchInterval: againMs,
  });

/** The alarm alone: cheap enough for every screen. */
export const driftAlarmQuery = () =>
  queryOptions({
    queryKey: ["drift", "alarm"],
    queryFn: ({ signal }): Promise<DriftAlarm> => call(getDriftAlarm, {}, { signal }),
    staleTime: alarmMs,
  });

export const driftLooksQuery = () =>
  queryOptions({
    queryKey: ["drift", "looks"],
    queryFn: ({ signal }): Promise<DriftLook[]> => call(listDriftLooks, {}, { signal }),
  });

export const sendAcknowledgement = ({ version }: Pick<DriftAlarm, "version">) =>
  call(acknowledgeDrift, { base_version: version });
export const sendRefit = () => call(refitBehaviour, {});
