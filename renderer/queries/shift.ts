import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import {
  getShift,
  type HandoverNote,
  listHandoverNotes,
  removeHandoverNote,
  type Shift,
  writeHandoverNote,
} from "../../shared/shift.ts";
import { type ShiftRange, spanOf } from "../view/shift-range.ts";
import { call } from "./client.ts";

const againMs = 60_000;

/** A shift; one that goes on until now is read again every minute. */
export const shiftQuery = (range: ShiftRange) =>
  queryOptions({
    queryKey: ["shift", range],
    queryFn: ({ signal }): Promise<Shift> => call(getShift, spanOf(range, Date.now()), { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: range.kind === "last" ? againMs : false,
  });

export const handoverNotes = () =>
  queryOptions({
    queryKey: ["handover"],
    queryFn: ({ signal }): Promise<HandoverNote[]> => call(listHandoverNotes, {}, { signal }),
  });

export const sendHandoverNote = (text: string) => call(writeHandoverNote, { text });
export const sendHandoverRemoval = ({ id, version }: Pick<HandoverNote, "id" | "version">) =>
  call(removeHandoverNote, { id, base_version: version });
