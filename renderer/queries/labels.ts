import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { type LabelQueue, type LabelTask, nextLabels, setLabel } from "../../shared/label.ts";
import type { PayloadClass } from "../../shared/payload.ts";
import type { Output } from "../../shared/route.ts";
import { call } from "./client.ts";

type TaskPage = Output<typeof nextLabels>;

/** Tasks of one call. */
const pageSize = 20;

/** What to label next, as the queue stood when it was asked. */
export const labelTasks = (queue: LabelQueue) =>
  infiniteQueryOptions({
    queryKey: ["labels", queue],
    queryFn: ({ pageParam, signal }): Promise<TaskPage> =>
      call(
        nextLabels,
        { queue, limit: pageSize, ...(pageParam === undefined ? {} : { cursor: pageParam }) },
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    // What was labelled since is known here: the list must not move under the keys.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });

/** How much is missed, and whether more labels are worth it; null: a queue of which nothing of that can be told. */
export const labelProgress = (queue: LabelQueue) =>
  queryOptions({
    queryKey: ["label-progress", queue],
    enabled: queue === "payloads" || queue === "sessions",
    queryFn: async ({ signal }): Promise<TaskPage["progress"]> =>
      (await call(nextLabels, { queue, limit: 0 }, { signal })).progress,
    // Evidence that came in since moves it; whoever labels meanwhile reads it again with every label.
    staleTime: 0,
  });

/** What is said of a sample. */
export interface TaskWord {
  /** Null: only flagged. */
  readonly label: PayloadClass | null;
  readonly resolves: boolean;
  readonly note: string;
}

export function sendWord(
  task: Pick<LabelTask, "sample_id" | "verdict_id" | "finding">,
  { label, resolves, note }: TaskWord,
): Promise<Output<typeof setLabel>> {
  const { sample_id, verdict_id, finding } = task;
  return call(setLabel, {
    sample_id,
    ...(verdict_id === null ? {} : { verdict_id }),
    ...(finding === null ? {} : { finding }),
    label,
    flagged: label === null,
    resolves,
    ...(note.trim() === "" ? {} : { note: note.trim() }),
  });
}
