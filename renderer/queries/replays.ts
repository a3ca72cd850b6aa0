import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { z } from "zod";
import {
  type flipDirections,
  listReplayFlips,
  listReplayModels,
  listReplays,
  type Replay,
  type ReplayQuestion,
  startReplay,
} from "../../shared/replay.ts";
import { call } from "./client.ts";

export const replaysQuery = () =>
  queryOptions({
    queryKey: ["replays"],
    queryFn: ({ signal }): Promise<Replay[]> => call(listReplays, {}, { signal }),
    // What a running one has come to so far.
    refetchInterval: (query) => (query.state.data?.some(({ ended_at }) => ended_at === null) === true ? 2000 : false),
  });

export const replayModelsQuery = () =>
  queryOptions({
    queryKey: ["replays", "models"],
    queryFn: ({ signal }) => call(listReplayModels, {}, { signal }),
  });

const pageSize = 100;

/** Sessions that a replay decides otherwise; `evidence` is how much of it is done, so that a running one is read again. */
export const replayFlipsQuery = (id: string, direction: (typeof flipDirections)[number], evidence: number) =>
  infiniteQueryOptions({
    queryKey: ["replays", "flips", id, direction, evidence],
    queryFn: ({ pageParam, signal }) =>
      call(listReplayFlips, { id, direction, limit: pageSize, after: pageParam }, { signal }),
    initialPageParam: 0,
    getNextPageParam: (last) => last.next,
  });

export const sendReplay = (question: z.input<typeof ReplayQuestion>) => call(startReplay, question);
