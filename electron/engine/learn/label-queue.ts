import { randomBytes } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { SampleKind, TaskReason } from "../../../shared/label.ts";
import type { Place } from "../../../shared/payload.ts";
import { payloadClasses } from "../../../shared/payload.ts";
import type { ClassifierOutput } from "../detect/payload.ts";
import { logHead } from "../store/event-table.ts";
import type { Store } from "../store/store.ts";
import { type AuditDraw, drawAudit } from "./audit-draw.ts";
import {
  type CandidatePool,
  type LabelCandidate,
  labelCandidates,
  tornOf,
  type Unlabelled,
} from "./label-candidates.ts";
import { conflictOf, marginUncertainty, orderByWorth } from "./label-worth.ts";
import { stillToLabel } from "./labelled-samples.ts";

/** Something to label, and why now. */
export interface QueuedTask extends Unlabelled {
  readonly why: TaskReason;
}

export interface QueuePage {
  readonly items: readonly QueuedTask[];
  /** Null: that was all. */
  readonly next: string | null;
}

interface LentModel {
  readonly hash: string;
  classify(text: string, place: Place): ClassifierOutput | Promise<ClassifierOutput>;
  giveBack(): void;
}

export interface LabelQueueOptions {
  readonly store: Store;
  /** The payload model that serves, until it is given back. */
  readonly borrow: () => Promise<LentModel>;
  /** One task in so many is drawn at random. */
  readonly auditEvery: () => Promise<number>;
}

/** What to label next, in order. The one place that says in which. */
export interface LabelQueue {
  /** @param cursor of an earlier page, also of one before a restart: then it begins anew, without what is labelled by now */
  page(kind: SampleKind, cursor: string | null, limit: number): Promise<QueuePage>;
  audit(kind: SampleKind): Promise<AuditDraw>;
}

interface Entry {
  /** No page goes from one round into another: within a round no shape comes twice. */
  readonly round: number;
  readonly task: QueuedTask;
}

/** An order, as it was when it was made. */
interface Line {
  readonly id: number;
  readonly kind: SampleKind;
  readonly entries: readonly Entry[];
  /** Where the next pool goes on; null: this is the last. */
  readonly below: number | null;
  /** Head of the log when it was made. */
  readonly head: string;
  /** Samples of the lines before it. */
  readonly before: ReadonlySet<string>;
}

/** Labels, or tasks that went with their evidence, after which the rest is put in order anew. */
const doneUntilAnew = 10;
/** Draws that one line holds at most. */
const mostDraws = 200;
/** Values of another model that are judged again at most, and at once: a millisecond or so of the thread that routes input. */
const mostJudgedAgain = 300;
const judgedAtOnce = 10;

/**
 * The order is made of a bounded pool in a slow reader, some tenths of a second whatever is stored, and kept while it is worked through;
 * made anew when it is asked for from the start after anything happened, or once some of it are labelled.
 */
export function createLabelQueue({ store, borrow, auditEvery }: LabelQueueOptions): LabelQueue {
  const lines = new Map<SampleKind, Promise<Line>>();
  let made = 0;

  const headHash = async () => (await store.read(logHead, null))?.hash ?? "";

  async function make(kind: SampleKind, below: number | null, before: ReadonlySet<string>): Promise<Line> {
    const [head, every] = await Promise.all([headHash(), auditEvery()]);
    const { candidates, next } = await judgedPool(kind, below, before);
    const { waiting } = await store.read(drawAudit, { kind, limit: mostDraws });
    const draws = waiting.filter(({ sample }) => !before.has(sample));
    const ordered = orderByWorth(candidates, ({ sample }) => sample);
    const chosen = ordered.map(({ round, candidate }) => ({ round, task: toTask(candidate) }));
    return { id: ++made, kind, entries: mixIn(chosen, draws, every), below: next, head, before };
  }

  async function judgedPool(
    kind: SampleKind,
    below: number | null,
    before: ReadonlySet<string>,
  ): Promise<CandidatePool> {
    const model = await borrow();
    try {
      const question = { kind, below, lot: randomBytes(16).toString("hex"), model: model.hash };
      const { candidates, next } = await store.read(labelCandidates, question);
      const fresh = candidates.filter(({ sample }) => !before.has(sample));
      return { candidates: await judgeAgain(fresh, model), next };
    } finally {
      model.giveBack();
    }
  }

  /** The best of those that another model judged are judged by the one that serves now. */
  async function judgeAgain(candidates: readonly LabelCandidate[], model: LentModel): Promise<LabelCandidate[]> {
    if (candidates.every(({ stale }) => stale === null)) return [...candidates];
    const some = new Set(
      orderByWorth(candidates, ({ sample }) => sample)
        .filter(({ candidate }) => candidate.stale !== null)
        .slice(0, mostJudgedAgain)
        .map(({ candidate }) => candidate.sample),
    );
    const judged: LabelCandidate[] = [];
    for (const one of candidates) {
      if (one.stale === null || !some.has(one.sample)) {
        judged.push(one);
        continue;
      }
      if (judged.length % judgedAtOnce === 0) await setImmediate();
      const output = await model.classify(one.stale.text, one.stale.place);
      judged.push({
        ...one,
        said: output.class,
        uncertainty: marginUncertainty(output.probabilities, output.set),
        torn: tornOf(output.probabilities, output.set),
      });
    }
    return judged;
  }

  /**
   * @param seen the line that was found wanting: where somebody else has had another one made meanwhile, that one is it. Of two labellers
   * who ask at once, one has the pool read, and neither throws the other's line away
   */
  async function lineFrom(
    seen: Promise<Line> | undefined,
    kind: SampleKind,
    below: number | null,
    before: ReadonlySet<string>,
  ): Promise<Line> {
    const current = lines.get(kind);
    const other = current === seen ? undefined : await current;
    // One that goes on further down is not for who begins, nor the other way round.
    if (other !== undefined && other.before.size === before.size) return other;
    const line = make(kind, below, before);
    lines.set(kind, line);
    line.catch(() => {
      if (lines.get(kind) === line) lines.delete(kind);
    });
    return await line;
  }

  const stillOpen = async (entries: readonly Entry[]) =>
    new Set(
      await store.read(
        stillToLabel,
        entries.map(({ task: { sample, verdictId } }) => ({ sample, verdictId })),
      ),
    );

  /** Whether nothing has happened since a line was made, or less than so much of it is done with. */
  async function isGood(line: Line, until: number): Promise<boolean> {
    if (line.head === (await headHash())) return true;
    if (until <= 1) return false;
    return line.entries.length - (await stillOpen(line.entries)).size < until;
  }

  /** The line that a cursor is of, or another one in its place. @returns where to go on in it */
  async function open(kind: SampleKind, cursor: string | null): Promise<{ line: Line; from: number }> {
    const seen = lines.get(kind);
    const line = (await seen) ?? null;
    const [id, at] = cursor === null ? [0, 0] : cursor.split(".").map(Number);
    if (line === null || line.id !== id) {
      // A cursor of another line is one of before: what came since does not matter to it as long as the order is good enough.
      const isCurrent =
        line !== null && line.before.size === 0 && (await isGood(line, cursor === null ? 1 : doneUntilAnew));
      return { line: isCurrent ? line! : await lineFrom(seen, kind, null, new Set()), from: 0 };
    }
    if (at! < line.entries.length) {
      if (await isGood(line, doneUntilAnew)) return { line, from: at! };
      return { line: await lineFrom(seen, kind, null, new Set()), from: 0 };
    }
    if (line.below === null) return { line, from: at! };
    const before = new Set([...line.before, ...line.entries.map(({ task }) => task.sample)]);
    return { line: await lineFrom(seen, kind, line.below, before), from: 0 };
  }

  return {
    audit: (kind) => store.read(drawAudit, { kind, limit: 0 }),
    async page(kind, cursor, limit) {
      const { line, from } = await open(kind, cursor);
      let to = from;
      let items: QueuedTask[] = [];
      // What was labelled since the line was made, or went with its evidence, is passed over.
      while (to < line.entries.length && items.length === 0) {
        const round = line.entries[to]!.round;
        const rest = line.entries.slice(to, to + limit);
        const end = rest.findIndex((entry) => entry.round !== round);
        const some = end < 0 ? rest : rest.slice(0, end);
        to += some.length;
        const open = await stillOpen(some);
        items = some.flatMap(({ task }) => (open.has(task.sample) ? [task] : []));
      }
      const isEnd = to >= line.entries.length && line.below === null;
      return { items, next: isEnd ? null : `${line.id}.${to}` };
    },
  };
}

/**
 * One of so many is the next draw, unless it came already for what it is worth; whatever comes, comes once. Draws that are left over
 * stand at the end.
 */
function mixIn(chosen: readonly Entry[], draws: readonly Unlabelled[], every: number): Entry[] {
  const mixed = new Map<string, Entry>();
  let at = 0;
  function drawNext(round: number): void {
    while (at < draws.length && mixed.has(draws[at]!.sample)) at++;
    const draw = draws[at];
    if (draw !== undefined) mixed.set(draw.sample, { round, task: { ...draw, why: { ...plain, kind: "audit" } } });
  }
  for (const entry of chosen) {
    if (mixed.has(entry.task.sample)) continue;
    if (mixed.size % every === every - 1) drawNext(entry.round);
    if (!mixed.has(entry.task.sample)) mixed.set(entry.task.sample, entry);
  }
  const last = chosen.at(-1)?.round ?? 0;
  while (at < draws.length) drawNext(last);
  return [...mixed.values()];
}

const plain = { classes: [], alike: 1, labelled: 0, otherwise: 0 } satisfies Omit<TaskReason, "kind">;
/** Shares of doubt and of neighbours labelled otherwise from which they are the reason. */
const doubtFrom = 0.2;
const conflictFrom = 0.3;

function toTask({ sample, verdictId, finding, ...candidate }: LabelCandidate): QueuedTask {
  const labelled = candidate.votes.reduce((sum, count) => sum + count, 0);
  const otherwise = labelled - candidate.votes[payloadClasses.indexOf(candidate.said)]!;
  const kind =
    conflictOf(candidate) >= conflictFrom
      ? "conflict"
      : candidate.isContradicted
        ? "contradicted"
        : candidate.uncertainty >= doubtFrom
          ? "torn"
          : labelled === 0
            ? "new"
            : "familiar";
  const classes = kind === "conflict" ? votedFor(candidate) : [...candidate.torn];
  return { sample, verdictId, finding, why: { kind, classes, alike: candidate.alike, labelled, otherwise } };
}

/** Classes that the neighbours are labelled with, the most frequent first, without the one that the model says. */
function votedFor({ votes, said }: Pick<LabelCandidate, "votes" | "said">) {
  return payloadClasses
    .filter((name, i) => name !== said && votes[i]! > 0)
    .sort((a, b) => votes[payloadClasses.indexOf(b)]! - votes[payloadClasses.indexOf(a)]!);
}
