import { isOpenTask, type TaskEvent, type TaskSummary } from "../../../../shared/agent-task.ts";
import { SentinelError } from "../../../../shared/errors.ts";
import { type Clock, toInstant } from "../../base/clock.ts";
import { enginePrincipal, type Principal } from "../../base/principals.ts";
import type { Sealer } from "../../store/seal.ts";
import type { EventDraft, Store } from "../../store/store.ts";
import { taskSubject } from "./task-subject.ts";
import {
  addTaskEvent,
  keepTaskState,
  latestTasks,
  type Moved,
  moveTask,
  openTasks,
  startTask,
  type TaskRow,
  taskById,
  taskEvents,
  taskState,
} from "./task-table.ts";

/** Characters of a part that is sealed by itself. */
const partLength = 200_000;

/**
 * What is kept of tasks. Who asked for what, what was approved and which steps were done stand in the log, by their hashes; texts are
 * sealed with the task's own key.
 */
export interface TaskBook {
  start(id: string, given: { sessionId: string; request: string; source: string }, by: Principal): Promise<void>;
  /** @param also events that have to be in the same transaction: an approval that is used up */
  move(id: string, moved: Omit<Moved, "at">, by?: Principal, also?: readonly EventDraft[]): Promise<void>;
  /** @throws SentinelError NOT_FOUND */
  get(id: string): Promise<TaskRow>;
  requestOf(row: TaskRow): Promise<string | null>;
  latest(session: string | null, limit: number): Promise<TaskRow[]>;
  open(): Promise<TaskRow[]>;
  summary(row: TaskRow): Promise<TaskSummary>;
  keep(id: string, state: unknown): Promise<void>;
  /** @returns null when nothing was kept, or it was erased */
  recall(id: string): Promise<unknown>;
  tell(task: string, type: TaskEvent["type"], data: unknown): Promise<void>;
  /** What happened to a task after a place in the order, then what happens, until it is over or the signal is aborted. */
  follow(task: string, after: number, signal: AbortSignal): AsyncGenerator<TaskEvent>;
}

export function createTaskBook({ store, sealer, clock }: { store: Store; sealer: Sealer; clock: Clock }): TaskBook {
  const waiting = new Map<string, Set<() => void>>();

  async function seal(id: string, value: unknown): Promise<string[]> {
    const text = JSON.stringify(value) ?? "null";
    const parts: string[] = [];
    for (let at = 0; at < text.length; at += partLength)
      parts.push(await sealer.seal(taskSubject(id), text.slice(at, at + partLength)));
    return parts;
  }

  async function unseal(parts: readonly string[]): Promise<unknown> {
    const texts = await Promise.all(parts.map((part) => sealer.unseal(part)));
    return texts.length === 0 || texts.includes(null) ? null : JSON.parse(texts.join(""));
  }

  async function get(id: string): Promise<TaskRow> {
    const row = await store.read(taskById, id);
    if (row === null) throw new SentinelError("NOT_FOUND", "There is no such task.");
    return row;
  }

  const wakeAll = (task: string) => {
    for (const wake of waiting.get(task) ?? []) wake();
  };

  return {
    get,
    async start(id, { sessionId, request, source }, by) {
      const sealed = await sealer.seal(taskSubject(id), request);
      await store.append([startTask(id, { session_id: sessionId, request: sealed, source, at: clock.now() })], by);
    },
    async move(id, moved, by = enginePrincipal, also = []) {
      await store.append([...also, moveTask(await get(id), { ...moved, at: clock.now() })], by);
      // Who has read its last event already learns here that it is over.
      wakeAll(id);
    },
    requestOf: (row) => sealer.unseal(row.request),
    latest: (session, limit) => store.read(latestTasks, { session, limit }),
    open: () => store.read(openTasks, null),
    async summary(row) {
      const request = await sealer.unseal(row.request);
      const { id, session_id, status, actor, at } = row;
      return { task_id: id, session_id, status, request, asked_by: actor, at: toInstant(at) };
    },
    async keep(id, state) {
      await store.write(keepTaskState, { id, parts: await seal(id, state) });
    },
    recall: async (id) => await unseal(await store.read(taskState, id)),
    async tell(task, type, data) {
      const parts = JSON.stringify(await seal(task, data));
      await store.write(addTaskEvent, { task, type, at: clock.now(), parts });
      wakeAll(task);
    },
    async *follow(task, after, signal) {
      let at = after;
      const wakers = waiting.get(task) ?? new Set();
      waiting.set(task, wakers);
      let isNew = true;
      const wake = () => {
        isNew = true;
        resume?.();
      };
      let resume: (() => void) | undefined;
      wakers.add(wake);
      signal.addEventListener("abort", wake, { once: true });
      try {
        while (!signal.aborted) {
          isNew = false;
          const rows = await store.read(taskEvents, { task, after: at });
          for (const { id, type, at: when, sealed } of rows) {
            at = id;
            const data = await unseal(JSON.parse(sealed) as string[]);
            yield { id, task_id: task, type, at: toInstant(when), data };
            if (type === "task.completed") return;
          }
          if (rows.length > 0 || isNew) continue;
          if (!isOpenTask((await get(task)).status)) return;
          if (isNew) continue;
          await new Promise<void>((resolve) => {
            resume = resolve;
          });
        }
      } finally {
        wakers.delete(wake);
        if (wakers.size === 0) waiting.delete(task);
        signal.removeEventListener("abort", wake);
      }
    },
  };
}
