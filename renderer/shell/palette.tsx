import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useId, useMemo, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { readAlerts } from "../queries/alerts.ts";
import { refusalInWords } from "../queries/client.ts";
import { namedQueries } from "../queries/named-queries.ts";
import { openAlert } from "../triage/open-alert.ts";
import { Dialog } from "../ui/dialog.tsx";
import { KeyCaps } from "../ui/key-cap.tsx";
import { notify } from "../ui/toast.tsx";
import { visibleText } from "../ui/untrusted-text.tsx";
import { formatPlural } from "../view/format.ts";
import { nameKey, toKeyPress } from "../view/key-reader.ts";
import { useKeysInForce } from "../view/keys-in-force.ts";
import { goTo } from "../view/place.ts";
import { useQueue } from "../view/queue.ts";
import { keepRecent, readRecent } from "../view/recent.ts";
import { listAlive, runAction } from "../view/use-keys.ts";
import { useView } from "../view/view.ts";
import { findEntries, type PaletteDeed, type PaletteEntry } from "./palette-entries.ts";

const pageEntries = 8;

async function showAlert(id: string): Promise<void> {
  try {
    const [alert] = await readAlerts([id]);
    if (alert === undefined) notify(`There is no alert ${id}.`, { tone: "danger" });
    else openAlert(alert);
  } catch (error) {
    notify(`Not opened: ${refusalInWords(error as Error)}`, { tone: "danger" });
  }
}

function perform(deed: PaletteDeed): void {
  switch (deed.kind) {
    case "action":
      runAction(deed.action);
      return;
    case "alert":
      void showAlert(deed.id);
      return;
    case "ask":
      useQueue.getState().ask(deed.q);
      goTo({ screen: "alerts" });
      return;
    case "view": {
      const { q, order } = deed.query;
      useQueue.getState().ask(q);
      if (order !== null) useQueue.getState().setOrder(order);
      goTo({ screen: "alerts" });
    }
  }
}

interface EntryRowProps {
  readonly id: string;
  readonly entry: PaletteEntry;
  readonly isActive: boolean;
  readonly onPick: () => void;
}

function EntryRow({ id, entry, isActive, onPick }: EntryRowProps) {
  const { label, detail, key, why } = entry;
  return (
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={isActive}
      aria-disabled={why !== null}
      // The field keeps the focus.
      onPointerDown={(event) => {
        event.preventDefault();
        onPick();
      }}
      className={`flex h-8 items-center gap-3 rounded-md px-2.5 ${isActive ? "bg-selected" : "hover:bg-hover"}`}
    >
      <span className={`min-w-0 truncate ${why === null ? "font-medium" : "text-ink-3"}`}>{visibleText(label)}</span>
      <span className="min-w-0 flex-1 truncate text-xs text-ink-2">{why ?? visibleText(detail)}</span>
      {key !== undefined && <KeyCaps keys={key} />}
    </div>
  );
}

/** What is offered for what was typed, as it is when the palette opens. */
function useEntries(client: QueryClient, typed: string): PaletteEntry[] {
  const bindings = useKeysInForce((keys) => keys.bindings);
  const { data: named = [] } = useQuery(namedQueries(), client);
  const [alive] = useState(listAlive);
  const [recent] = useState(readRecent);
  return useMemo(() => findEntries(typed, { alive, bindings, named }, recent), [typed, alive, bindings, named, recent]);
}

/** What is selected on the page: the palette's field takes it away, and an action may be about it. */
function keepSelection(): () => void {
  const selection = window.getSelection();
  const all = Array.from({ length: selection?.rangeCount ?? 0 }, (_, i) => selection!.getRangeAt(i).cloneRange());
  // A field keeps its own: all that the page knows of it is an empty range beside it, which would take the caret away.
  const ranges = all.filter(({ collapsed }) => !collapsed);
  return () => {
    if (ranges.length === 0) return;
    selection?.removeAllRanges();
    for (const range of ranges) selection?.addRange(range);
  };
}

/** Everything that can be done now, found by typing: actions, screens, saved views, an alert by its id, a query (ARIA combobox with a listbox). */
export function Palette() {
  const client = useQueryClient();
  const [typed, setTyped] = useState("");
  const [active, setActive] = useState(0);
  const entries = useEntries(client, typed);
  const [restoreSelection] = useState(keepSelection);
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const close = () => useView.getState().set({ paletteOpen: false });
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: "nearest" });
  }, [active]);
  const pick = (entry: PaletteEntry | undefined) => {
    if (entry === undefined || entry.why !== null) return;
    if (entry.deed.kind === "action" || entry.deed.kind === "view") keepRecent(entry.id);
    // First the focus goes back to where it was: what is done may ask where that is, or open a dialog of its own.
    flushSync(close);
    restoreSelection();
    perform(entry.deed);
  };
  const move = (to: number) => setActive(Math.max(0, Math.min(entries.length - 1, to)));
  const onKeyDown = (event: React.KeyboardEvent) => {
    const count = entries.length;
    if (event.key === "ArrowDown") setActive(active + 1 < count ? active + 1 : 0);
    else if (event.key === "ArrowUp") setActive(active > 0 ? active - 1 : Math.max(0, count - 1));
    else if (event.key === "PageDown") move(active + pageEntries);
    else if (event.key === "PageUp") move(active - pageEntries);
    else if (event.key === "Enter") pick(entries[active]);
    else {
      const key = nameKey(toKeyPress(event.nativeEvent));
      // The key that opened it closes it; the browser has its own idea of Ctrl+K.
      if (key === null || key.length === 1 || !useKeysInForce.getState().bindings.palette.includes(key)) return;
      close();
    }
    event.preventDefault();
  };
  const current = entries[active];
  return (
    <Dialog title="Everything that can be done" onClose={close} size="medium" focus={field} onKeyDown={onKeyDown}>
      <input
        ref={field}
        role="combobox"
        aria-label="Action, screen, view, id of an alert, or query"
        aria-autocomplete="list"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={current === undefined ? undefined : `${id}-${active}`}
        placeholder="Action, screen, view, id of an alert, or query"
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        maxLength={500}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setActive(0);
        }}
        className="input mt-1 w-full"
      />
      <p role="status" className="sr-only">
        {formatPlural(entries.length, "entry", "entries")}
      </p>
      <div
        ref={list}
        id={id}
        role="listbox"
        aria-label="What can be done"
        className="mt-2 h-[min(420px,55vh)] overflow-y-auto"
      >
        {entries.map((entry, i) => (
          <EntryRow key={entry.id} id={`${id}-${i}`} entry={entry} isActive={i === active} onPick={() => pick(entry)} />
        ))}
      </div>
    </Dialog>
  );
}
