import { Search } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { parseAlertQuery } from "../../../shared/alert-query.ts";
import type { QueryProblem } from "../../../shared/query-language.ts";
import { KeyCaps } from "../../ui/key-cap.tsx";
import { Suggestions } from "../../ui/suggestions.tsx";
import { useKeyOf } from "../../view/keys-in-force.ts";
import { useQueue } from "../../view/queue.ts";
import { useKeys } from "../../view/use-keys.ts";
import { useCompletion } from "./use-completion.ts";

/** Typing is applied after a pause, so that not every letter asks the engine. */
const pauseMs = 200;
/** A longer one while the word could become something else: `sev` is hardly a text to look for. */
const pauseInWordMs = 800;

/** The query's problems once typing pauses; meanwhile none. What is right is run. */
function useProblems(isInWord: boolean): readonly QueryProblem[] {
  const text = useQueue((queue) => queue.text);
  const run = useQueue((queue) => queue.run);
  const [found, setFound] = useState<{ text: string; problems: readonly QueryProblem[] }>({ text: "", problems: [] });
  useEffect(() => {
    const timer = setTimeout(
      () => {
        setFound({ text, problems: parseAlertQuery(text, Date.now()).problems });
        run();
      },
      isInWord ? pauseInWordMs : pauseMs,
    );
    return () => clearTimeout(timer);
  }, [text, run, isInWord]);
  return found.text === text ? found.problems : [];
}

interface Stretch {
  readonly start: number;
  readonly text: string;
  readonly isWrong: boolean;
}

function markProblems(text: string, problems: readonly QueryProblem[]): Stretch[] {
  const stretches: Stretch[] = [];
  let from = 0;
  for (const { start, end } of problems.toSorted((a, b) => a.start - b.start)) {
    const begin = Math.max(from, start);
    if (begin > from) stretches.push({ start: from, text: text.slice(from, begin), isWrong: false });
    if (end > begin) stretches.push({ start: begin, text: text.slice(begin, end), isWrong: true });
    from = Math.max(from, end);
  }
  return stretches;
}

/** A message, with what it quotes from the query set apart. */
function Message({ text }: { text: string }) {
  return text.split("`").map((part, i) =>
    i % 2 === 0 ? (
      part
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one message never move.
      <code key={i} className="rounded bg-danger-soft px-1 font-mono text-xs">
        {part}
      </code>
    ),
  );
}

function Problems({ id, problems }: { id: string; problems: readonly QueryProblem[] }) {
  if (problems.length === 0) return null;
  return (
    <div
      id={id}
      role="alert"
      className="absolute top-[38px] left-0 z-10 max-w-full rounded-lg border border-danger bg-raised px-3 py-2 shadow-(--shadow)"
    >
      {problems.slice(0, 3).map(({ start, message }) => (
        <p key={`${start}${message}`} className="text-danger">
          <Message text={message} />
        </p>
      ))}
      {problems.length > 3 && <p className="text-danger">… and {problems.length - 3} more</p>}
      <p className="mt-0.5 text-xs text-ink-2">Not run: the list still shows what was asked for before.</p>
    </div>
  );
}

/**
 * The query of the queue, with suggestions (ARIA combobox with a listbox) and its problems in words.
 * @param onLeave hears that the analyst is done with it
 */
export function QueryBar({ onLeave }: { onLeave: () => void }) {
  const text = useQueue((queue) => queue.text);
  const { type, run } = useQueue.getState();
  const input = useRef<HTMLInputElement>(null);
  const mirror = useRef<HTMLDivElement>(null);
  const id = useId();
  const filterKey = useKeyOf("filter");
  const { items, active, isWriting, show, hide, move, accept } = useCompletion(input);
  const isOpen = items.length > 0;
  const found = useProblems(isOpen && isWriting);
  const problems = isOpen ? [] : found;
  useKeys({
    filter: () => {
      input.current?.focus();
      input.current?.setSelectionRange(text.length, text.length);
    },
  });

  const onKeyDown = (event: React.KeyboardEvent<HTMLInputElement>) => {
    const item = items[active];
    const begun = item ?? (isWriting ? items[0] : undefined);
    const caret = event.currentTarget.selectionStart ?? text.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (isOpen) move(event.key === "ArrowDown" ? 1 : -1);
      else show(caret);
    } else if (event.key === "Tab" && !event.shiftKey && begun !== undefined) accept(begun);
    else if (event.key === "Enter" && item !== undefined) accept(item);
    else if (event.key === "Enter") {
      hide();
      run();
      onLeave();
    } else if (event.key === "Escape" && isOpen) hide();
    else if (event.key === "Escape") onLeave();
    else return;
    event.preventDefault();
  };

  return (
    <div className="relative min-w-0 flex-1">
      <Search
        size={15}
        className="pointer-events-none absolute top-[9px] left-2.5 z-[1] text-ink-3"
        aria-hidden="true"
      />
      <div ref={mirror} aria-hidden="true" className="query-mirror">
        {markProblems(text, problems).map(({ start, text: stretch, isWrong }) => (
          <span key={start} className={isWrong ? "is-wrong" : undefined}>
            {stretch}
          </span>
        ))}
      </div>
      <input
        ref={input}
        role="combobox"
        aria-label="Query of the queue"
        aria-autocomplete="list"
        aria-expanded={isOpen}
        aria-controls={isOpen ? `${id}-list` : undefined}
        aria-activedescendant={items[active] === undefined ? undefined : `${id}-list-${active}`}
        aria-invalid={problems.length > 0}
        aria-describedby={problems.length > 0 ? `${id}-problems` : undefined}
        placeholder="All alerts. Try is:open severity>=high class:sql_injection, or any text"
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        maxLength={2000}
        value={text}
        onChange={(event) => {
          type(event.target.value);
          show(event.target.selectionStart ?? event.target.value.length);
        }}
        onKeyDown={onKeyDown}
        onBlur={hide}
        onScroll={(event) => {
          if (mirror.current !== null) mirror.current.scrollLeft = event.currentTarget.scrollLeft;
        }}
        className="query-input input w-full"
      />
      {!isOpen && text === "" && (
        <span className="pointer-events-none absolute top-[7px] right-2" aria-hidden="true">
          {filterKey !== undefined && <KeyCaps keys={filterKey} />}
        </span>
      )}
      {isOpen && (
        <Suggestions
          id={`${id}-list`}
          items={items}
          active={active}
          className="absolute top-[38px] left-0 z-20 w-[460px]"
          tabTakesFirst={isWriting}
          onPick={accept}
        />
      )}
      <Problems id={`${id}-problems`} problems={problems} />
    </div>
  );
}
