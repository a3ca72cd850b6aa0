import { createHash, randomInt } from "node:crypto";
import {
  type ApprovalStep,
  decideTaskApproval,
  followTask,
  getTask,
  startTask,
  TaskApproval,
  type TaskEvent,
  TaskResult,
} from "../../shared/agent-task.ts";
import { SentinelError } from "../../shared/errors.ts";
import { visibleWords } from "../../shared/visible-text.ts";
import type { Clock, SteadyClock } from "../engine/base/clock.ts";
import type { Logger } from "../engine/base/logging.ts";
import type { Principal } from "../engine/base/principals.ts";
import type { Router } from "./router.ts";

export interface SignalChannelOptions {
  readonly router: Router;
  /** Who may ask: telephone numbers as E.164, or account identifiers. */
  readonly numbers: readonly string[];
  readonly clock: Clock;
  /** SECURITY: for pauses, which no change of the time of day may lengthen or end. */
  readonly steady: SteadyClock;
  readonly log: Logger;
  readonly send: (to: string, text: string) => Promise<boolean>;
}

export interface SignalChannel {
  take(message: { readonly from: string; readonly text: string }): void;
  close(): void;
}

/** Longest reply, UTF-16 units. */
const longestReply = 1_800;
/** Without 0, 1, i, l, o: codes are read and typed by people. */
const alphabet = "23456789abcdefghjkmnpqrstuvwxyz";
const codeLength = 6;
/** Wrong codes of a number in a row, until it can approve nothing for `pauseMs`. */
const mostWrong = 5;
const pauseMs = 15 * 60_000;
/** Tasks of one number that are told at once. */
const mostTasks = 5;
/** Refusals for being too much are said so seldom. */
const noticeMs = 60_000;

interface Code {
  readonly number: string;
  readonly approval: string;
  readonly shownHash: string;
  readonly expiresAt: number;
}

interface Person {
  wrong: number;
  pausedUntil: number;
  tasks: number;
  noticedAt: number;
}

/**
 * Tasks by Signal: a message is a task, `yes CODE` and `no CODE` answer what it waits for. Codes are the number's own, work once and end
 * with the approval; they live in this process, so that after a restart approvals are decided in the application.
 */
export function createSignalChannel({
  router,
  numbers,
  clock,
  steady,
  log,
  send,
}: SignalChannelOptions): SignalChannel {
  const allowed = new Set(numbers);
  const codes = new Map<string, Code>();
  const people = new Map<string, Person>();
  const ended = new AbortController();
  let strangers = 0;

  const say = async (number: string, text: string) => {
    const bounded = text.length > longestReply ? `${text.slice(0, longestReply - 2)} …` : text;
    if (!(await send(number, bounded))) log.warn("A reply by Signal was not taken.");
  };
  const personOf = (number: string): Person => {
    const known = people.get(number) ?? { wrong: 0, pausedUntil: 0, tasks: 0, noticedAt: Number.NEGATIVE_INFINITY };
    people.set(number, known);
    return known;
  };
  const principalOf = (number: string): Principal => ({
    actor: `Signal ${number}`,
    role: "analyst",
    caller: "external",
  });

  function newCode(code: Code): string {
    for (const [text, { expiresAt }] of codes) if (expiresAt <= clock.now()) codes.delete(text);
    let text = "";
    for (let i = 0; i < codeLength; i++) text += alphabet[randomInt(alphabet.length)];
    codes.set(text, code);
    return text;
  }

  async function decide(number: string, granted: boolean, text: string): Promise<void> {
    const person = personOf(number);
    // SECURITY: codes are short; who tries them out is stopped, also where one is right.
    if (person.pausedUntil > steady.elapsed()) return await say(number, "Too many wrong codes. Decide in Sentinel.");
    const code = codes.get(text.toLowerCase());
    if (code === undefined || code.number !== number || code.expiresAt <= clock.now()) {
      person.wrong += 1;
      if (person.wrong >= mostWrong) Object.assign(person, { wrong: 0, pausedUntil: steady.elapsed() + pauseMs });
      return await say(number, "There is no such code, or it is not valid any more.");
    }
    // SECURITY: used up before anything is done with it.
    codes.delete(text.toLowerCase());
    person.wrong = 0;
    const { approval: id, shownHash: shown_hash } = code;
    await router.call(
      decideTaskApproval,
      { id, granted, reason: "by Signal", shown_hash },
      principalOf(number),
      ended.signal,
    );
  }

  async function ask(number: string, request: string): Promise<void> {
    const person = personOf(number);
    if (person.tasks >= mostTasks) throw new SentinelError("BUSY", `${mostTasks} tasks of yours are not through yet.`);
    person.tasks += 1;
    try {
      const by = principalOf(number);
      const session_id = `signal-${createHash("sha256").update(number).digest("hex").slice(0, 32)}`;
      const { task_id } = await router.call(startTask, { request, session_id, source: "signal" }, by, ended.signal);
      for await (const { data } of router.open(followTask, { task_id }, by, ended.signal)) {
        if (data.type === "task.approval_requested") endInTime(data, by);
        const text = wordsFor(number, data);
        if (text !== null) await say(number, text);
      }
    } finally {
      person.tasks -= 1;
    }
  }

  /** A task that nobody answers is looked at once its approval has expired: only then it ends. */
  function endInTime({ task_id, data }: TaskEvent, by: Principal): void {
    const left = Date.parse(TaskApproval.parse(data).expires_at) - clock.now();
    const timer = setTimeout(
      () => void router.call(getTask, { id: task_id }, by, ended.signal).catch(() => undefined),
      Math.max(0, left) + 1_000,
    );
    timer.unref();
    ended.signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  }

  function wordsFor(number: string, { type, data }: TaskEvent): string | null {
    if (type === "task.approval_requested") {
      const { approval_id: approval, shown_hash: shownHash, expires_at, steps, kind } = TaskApproval.parse(data);
      // SECURITY: a value that only some may know is told to nobody on the way.
      if (steps.some(({ inputs = [] }) => inputs.some(({ readers }) => readers !== "everyone")))
        return "An approval is needed, for what may not be told here. Decide in Sentinel.";
      const shown = steps.map(describeStep).join("\n");
      const what = kind === "plan" ? "The plan calls" : "This is to be done";
      // SECURITY: what does not fit cannot be read, and what cannot be read is not approved here.
      if (shown.length > longestReply - 300)
        return `An approval is needed, and too long to be shown here. Decide in Sentinel.`;
      const code = newCode({ number, approval, shownHash, expiresAt: Date.parse(expires_at) });
      return `${what}:\n${shown}\nAnswer "yes ${code}" or "no ${code}".`;
    }
    if (type !== "task.completed") return null;
    const { status, output, reason, steps } = TaskResult.parse(data);
    const last = steps.filter((step) => step.output !== undefined).at(-1);
    // SECURITY: likewise.
    const isOpen = last === undefined || last.readers === "everyone";
    const told = isOpen ? output : "What it gave may not be told here: read it in Sentinel.";
    const words = typeof told === "string" ? told : told == null ? "" : JSON.stringify(told);
    return [`${status}.`, reason, visibleWords(words, true)].filter((part) => part !== null && part !== "").join("\n");
  }

  return {
    take({ from, text }) {
      // SECURITY: strangers hear nothing, not even that somebody is there; nor does the log learn who they are or what they write.
      if (!allowed.has(from)) {
        strangers += 1;
        if (Math.log2(strangers) % 1 === 0)
          log.warn({ strangers }, "Messages by Signal from numbers that are not allowed.");
        return;
      }
      const word = /^\s*(yes|no)\s+(\S{1,40})\s*$/i.exec(text);
      const done = word === null ? ask(from, text) : decide(from, word[1]!.toLowerCase() === "yes", word[2]!);
      void done.catch(async (error: unknown) => {
        if (ended.signal.aborted) return;
        const told =
          error instanceof SentinelError ? error : new SentinelError("INTERNAL", "Something unexpected happened.");
        if (told.code === "BUSY" || told.code === "RATE_LIMITED") {
          const person = personOf(from);
          if (steady.elapsed() - person.noticedAt < noticeMs) return;
          person.noticedAt = steady.elapsed();
        }
        await say(from, told.toJSON().message);
      });
    },
    close: () => ended.abort(),
  };
}

function describeStep({ tool, args, untrusted }: ApprovalStep): string {
  const origins = untrusted.map(({ path, source, why }) => `  ${path} comes from ${source}: ${why}`);
  return [`- ${tool} ${JSON.stringify(args)}`, ...origins].map((line) => visibleWords(line)).join("\n");
}

/** `SENTINEL_SIGNAL_NUMBERS` as a list. @throws SentinelError SETTING_INVALID for what is neither a number nor an account */
export function parseSignalNumbers(setting: string): string[] {
  const numbers = setting
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  const wrong = numbers.find((entry) => !/^(\+[1-9]\d{4,14}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.test(entry));
  if (wrong !== undefined || numbers.length === 0) {
    throw new SentinelError(
      "SETTING_INVALID",
      "SENTINEL_SIGNAL_NUMBERS: it lists numbers such as +4915112345678, or account identifiers, separated by commas.",
    );
  }
  return numbers;
}
