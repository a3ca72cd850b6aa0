import { create } from "zustand";
import type { KeyAction } from "../../shared/keymap.ts";
import type { LabelQueue, LabelTask } from "../../shared/label.ts";
import type { PayloadClass } from "../../shared/payload.ts";

/** The key that says a class, in the order in which they are offered. */
export const labelKeys = [
  { action: "labelSql", label: "sql_injection" },
  { action: "labelXss", label: "xss" },
  { action: "labelCommand", label: "command_injection" },
  { action: "labelPath", label: "path_traversal" },
  { action: "labelXxe", label: "xxe" },
  { action: "labelCsrf", label: "csrf" },
  { action: "labelBenign", label: "benign" },
] as const satisfies readonly { action: KeyAction; label: PayloadClass }[];

interface Labelling {
  readonly queue: LabelQueue;
  /** Samples that are labelled or flagged here since the queue was read. */
  readonly done: ReadonlySet<string>;
  /** Samples that were put off, in that order: they come again at the end. */
  readonly skipped: readonly string[];
  /** What was said of it was taken back: it is looked at again first. */
  readonly front: string | null;
  /** What goes with the next label. */
  readonly note: string;
  /** Labels given in this window. */
  readonly given: number;
}

/** What is worked through in this window. */
export const useLabelling = create<Labelling>(() => ({
  queue: "payloads",
  done: new Set(),
  skipped: [],
  front: null,
  note: "",
  given: 0,
}));

/** Tasks that are left: each sample once, those that were put off last. */
export function tasksLeft(
  tasks: readonly LabelTask[],
  { done, skipped, front }: Pick<Labelling, "done" | "skipped" | "front">,
): LabelTask[] {
  const distinct = [...new Map(tasks.map((task) => [task.sample_id, task])).values()];
  const left = distinct.filter(({ sample_id }) => !done.has(sample_id));
  const put = ({ sample_id }: LabelTask) => (sample_id === front ? -2 : skipped.indexOf(sample_id));
  return left.toSorted((a, b) => put(a) - put(b));
}

export function beginQueue(queue: LabelQueue): void {
  useLabelling.setState({ queue, done: new Set(), skipped: [], front: null, note: "" });
}

export function skip(sampleId: string): void {
  useLabelling.setState(({ skipped }) => ({
    skipped: [...skipped.filter((id) => id !== sampleId), sampleId],
    front: null,
    note: "",
  }));
}

/** Takes a task off the list, since something was said of it. */
export function finish(sampleId: string): void {
  useLabelling.setState(({ done, given }) => ({
    done: new Set([...done, sampleId]),
    front: null,
    note: "",
    given: given + 1,
  }));
}

/** Puts a task back to the front: what was said of it was taken back, or refused. */
export function bringBack(sampleId: string): void {
  useLabelling.setState(({ done, given, skipped }) => ({
    done: new Set([...done].filter((id) => id !== sampleId)),
    skipped: skipped.filter((id) => id !== sampleId),
    front: sampleId,
    given: Math.max(0, given - 1),
  }));
}
