import { useQueryClient } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";
import { useId, useRef, useState } from "react";
import { type AlertChange, Tag } from "../../shared/alert.ts";
import { visibleWords } from "../../shared/visible-text.ts";
import { Button } from "../ui/button.tsx";
import { Suggestions } from "../ui/suggestions.tsx";
import { useQueue } from "../view/queue.ts";
import { ActionDialog } from "./action-dialog.tsx";
import { listedAlerts } from "./alert-cache.ts";
import { type Target, tagsOf, targetRows } from "./target.ts";

/** Most tags that one change adds or removes. */
const most = 20;
/** Known tags that are offered. */
const mostFound = 6;
/** Rows of the queue whose tags are known. */
const rowsLookedAt = 2000;

interface TagsDialogProps {
  readonly target: Target;
  readonly onClose: () => void;
  readonly onConfirm: (change: AlertChange) => void;
}

interface ChipProps {
  readonly tag: string;
  readonly words: string;
  readonly looks: "kept" | "added" | "removed";
  readonly onToggle: () => void;
}

const chipLooks = {
  kept: "bg-calm-soft text-calm",
  added: "bg-good-soft text-good",
  removed: "bg-danger-soft text-danger line-through",
};

function Chip({ tag, words, looks, onToggle }: ChipProps) {
  return (
    <li className={`flex h-6 items-center gap-1.5 rounded-md pl-2 text-xs ${chipLooks[looks]}`}>
      <span className="font-semibold">{tag}</span>
      {words !== "" && <span>{words}</span>}
      <button
        type="button"
        aria-label={`${looks === "removed" ? "Keep" : "Remove"} the tag ${visibleWords(tag)}`}
        onClick={onToggle}
        className="flex size-6 items-center justify-center rounded-md hover:bg-hover"
      >
        {looks === "removed" ? <Plus size={13} aria-hidden="true" /> : <X size={13} aria-hidden="true" />}
      </button>
    </li>
  );
}

/** Tags to add to alerts and to take off them. */
export function TagsDialog({ target, onClose, onConfirm }: TagsDialogProps) {
  const client = useQueryClient();
  const [added, setAdded] = useState<readonly string[]>([]);
  const [removed, setRemoved] = useState<readonly string[]>([]);
  const [typed, setTyped] = useState("");
  const [active, setActive] = useState(-1);
  const [removing, setRemoving] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const there = tagsOf(targetRows(target));
  const rows = listedAlerts(client, useQueue.getState()).slice(0, rowsLookedAt);
  const known = [...new Set(rows.flatMap((row) => row.tags))].sort();
  const tag = typed.trim().replace(/^#/, "");
  const problem = tag === "" ? null : (Tag.safeParse(tag).error?.issues[0]?.message ?? null);
  const isFull = added.length + removed.length >= most;
  const toggle = (list: readonly string[], each: string) =>
    list.includes(each) ? list.filter((other) => other !== each) : [...list, each];
  const found =
    tag === ""
      ? []
      : known
          .filter((each) => each !== tag && each.toLowerCase().startsWith(tag.toLowerCase()))
          .slice(0, mostFound)
          .map((label) => ({ label, detail: "" }));
  const take = (each: string) => {
    setTyped("");
    setActive(-1);
    if (isFull) return;
    if (removing) setRemoved([...new Set([...removed, each])]);
    else if (!there.some((other) => other.tag === each && other.isOnAll)) setAdded([...new Set([...added, each])]);
  };
  return (
    <ActionDialog
      verb="Tags"
      target={target}
      confirm={tag === "" ? "Save" : "Take the tag"}
      isReady={tag === "" ? added.length + removed.length > 0 : problem === null}
      focus={input}
      onClose={onClose}
      onConfirm={() => {
        if (tag !== "") {
          take(tag);
          return;
        }
        onConfirm({
          ...(added.length === 0 ? {} : { add_tags: [...added] }),
          ...(removed.length === 0 ? {} : { remove_tags: [...removed] }),
        });
      }}
    >
      <label htmlFor={id} className="mb-1 block text-xs font-medium text-ink-2">
        Tag; Enter takes it
      </label>
      <div className="flex gap-2">
        <input
          ref={input}
          id={id}
          role="combobox"
          aria-autocomplete="list"
          aria-expanded={found.length > 0}
          aria-controls={found.length > 0 ? `${id}-list` : undefined}
          aria-activedescendant={found[active] === undefined ? undefined : `${id}-list-${active}`}
          className="input min-w-0 flex-1"
          maxLength={41}
          autoComplete="off"
          aria-invalid={problem !== null}
          aria-describedby={problem === null ? undefined : `${id}-problem`}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setActive(-1);
          }}
          onKeyDown={(event) => {
            const item = found[active] ?? (event.key === "Tab" ? found[0] : undefined);
            if (event.key === "ArrowDown" && found.length > 0) setActive((active + 1) % found.length);
            else if (event.key === "ArrowUp" && found.length > 0) setActive(active < 1 ? found.length - 1 : active - 1);
            else if ((event.key === "Enter" || event.key === "Tab") && item !== undefined) take(item.label);
            else return;
            event.preventDefault();
            event.stopPropagation();
          }}
        />
        {target.kind === "all" && (
          <label className="flex items-center gap-1.5 text-xs text-ink-2">
            <input type="checkbox" checked={removing} onChange={(event) => setRemoving(event.target.checked)} />
            take it off
          </label>
        )}
        <Button disabled={tag === "" || problem !== null || isFull} onClick={() => take(tag)}>
          {removing ? "Remove" : "Add"}
        </Button>
      </div>
      {found.length > 0 && (
        <Suggestions
          id={`${id}-list`}
          items={found}
          active={active}
          className="mt-1"
          tabTakesFirst
          onPick={({ label }) => take(label)}
        />
      )}
      {problem !== null && (
        <p id={`${id}-problem`} role="alert" className="mt-1 text-xs text-danger">
          {problem}
        </p>
      )}
      {isFull && <p className="mt-1 text-xs text-warn">At most {most} tags at once.</p>}
      <ul aria-label="Tags" className="mt-3 flex min-h-6 flex-wrap gap-1.5">
        {there.map(({ tag: each, words }) => (
          <Chip
            key={each}
            tag={each}
            words={words}
            looks={removed.includes(each) ? "removed" : "kept"}
            onToggle={() => setRemoved(toggle(removed, each))}
          />
        ))}
        {added.map((each) => (
          <Chip key={each} tag={each} words="new" looks="added" onToggle={() => setAdded(toggle(added, each))} />
        ))}
        {removed
          .filter((each) => !there.some((other) => other.tag === each))
          .map((each) => (
            <Chip key={each} tag={each} words="" looks="removed" onToggle={() => setRemoved(toggle(removed, each))} />
          ))}
        {there.length + added.length + removed.length === 0 && <li className="text-xs text-ink-3">No tag yet</li>}
      </ul>
    </ActionDialog>
  );
}
