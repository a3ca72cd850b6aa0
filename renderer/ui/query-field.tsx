import { Search } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import type { QueryProblem } from "../../shared/query-language.ts";
import { useKeyOf } from "../view/keys-in-force.ts";
import { useKeys } from "../view/use-keys.ts";
import { KeyCaps } from "./key-cap.tsx";
import { Suggestions } from "./suggestions.tsx";
import { type Complete, useCompletion } from "./use-completion.ts";

/** Typing is applied after a pause, so that not every letter asks the engine. */
const pauseMs = 200;
/** A longer one while the word could become something else: `sev` is hardly a text to look for. */
const pauseInWordMs = 800;

interface QueryFieldProps {
  readonly label: string;
  readonly placeholder: string;
  /** The query as it is typed, right or wrong. */
  readonly text: string;
  readonly onType: (text: string) => void;
  /** Runs what is typed, unless it has problems; must stay the same function. */
  readonly run: () => void;
  /** What is wrong with a query; must stay the same function. */
  readonly problemsOf: (text: string) => readonly QueryProblem[];
  /** A hook: what could stand at a caret. `isNeeded` is false while nothing is offered. */
  readonly useComplete: (isNeeded: boolean) => Complete;
  /** Hears that the analyst is done with it. */
  readonly onLeave: () => void;
}

/** The query's problems once typing pauses; meanwhile none. What is right is run. */
function useProblems({ text, run, problemsOf }: QueryFieldProps, isInWord: boolean): readonly QueryProblem[] {
  const [found, setFound] = useState<{ text: string; problems: readonly QueryProblem[] }>({ text: "", problems: [] });
  useEffect(() => {
    const timer = setTimeout(
      () => {
        setFound({ text, problems: problemsOf(text) });
        run();
      },
      isInWord ? pauseInWordMs : pauseMs,
    );
    return () => clearTimeout(timer);
  }, [text, run, problemsOf, isInWord]);
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

/** The query of a list, with suggestions (ARIA combobox with a listbox) and its problems in words. */
export function QueryField(props: QueryFieldProps) {
  const { label, placeholder, text, onType, run, useComplete, onLeave } = props;
  const input = useRef<HTMLInputElement>(null);
  const mirror = useRef<HTMLDivElement>(null);
  const id = useId();
  const { items, active, isWriting, show, hide, move, accept } = useCompletion(input, text, onType, useComplete);
  const isOpen = items.length > 0;
  const found = useProblems(props, isOpen && isWriting);
  const problems = isOpen ? [] : found;
  const filterKey = useKeyOf("filter");
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
        aria-label={label}
        aria-autocomplete="list"
        aria-expanded={isOpen}
        aria-controls={isOpen ? `${id}-list` : undefined}
        aria-activedescendant={items[active] === undefined ? undefined : `${id}-list-${active}`}
        aria-invalid={problems.length > 0}
        aria-describedby={problems.length > 0 ? `${id}-problems` : undefined}
        placeholder={placeholder}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        maxLength={2000}
        value={text}
        onChange={(event) => {
          onType(event.target.value);
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
