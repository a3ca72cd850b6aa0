import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";
import type { Case } from "../../../shared/case.ts";
import { type CaseDetail, fewCases, sendMerge } from "../../queries/cases.ts";
import { useCasework } from "../../triage/casework.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { KeyCap } from "../../ui/key-cap.tsx";
import { formatPlural } from "../../view/format.ts";
import { CaseStatusBadge, nameCase } from "./case-badges.tsx";

const mostOffered = 12;

/** Which cases are taken into this one. */
export function MergeDialog({ detail, onClose }: { detail: CaseDetail; onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState<ReadonlyMap<string, Case>>(new Map());
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const { isBusy, run } = useCasework();
  const { case: shown } = detail;
  const offered = useQuery({
    ...fewCases({ status: null, text: typed.trim() }, mostOffered + 1),
    placeholderData: keepPreviousData,
  });
  const listed = (offered.data ?? []).filter((each) => each.id !== shown.id && !chosen.has(each.id));
  const rows = [...chosen.values(), ...listed.slice(0, mostOffered)];
  const toggle = (each: Case) => {
    const next = new Map(chosen);
    if (!next.delete(each.id)) next.set(each.id, each);
    setChosen(next);
  };
  const isReady = chosen.size > 0 && !isBusy;
  const merge = () =>
    run(
      `${formatPlural(chosen.size, "case")} merged into it.`,
      () => sendMerge(shown.id, [...chosen.values()]),
      onClose,
    );
  return (
    <Dialog
      title={`Merge into "${nameCase(shown)}"`}
      onClose={onClose}
      focus={field}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || event.target instanceof HTMLButtonElement) return;
        event.preventDefault();
        if (isReady) merge();
      }}
      actions={
        <>
          <Button onClick={onClose}>
            Cancel <KeyCap name="Escape" isHint />
          </Button>
          <Button tone="primary" disabled={!isReady} onClick={merge}>
            Merge <KeyCap name="Enter" isHint />
          </Button>
        </>
      }
    >
      <p className="mb-3 text-xs text-ink-2">
        Their alerts, tasks and notes are seen here from then on. Nothing is lost, and each can be taken out again.
      </p>
      <label htmlFor={id} className="mb-1 block text-xs font-medium text-ink-2">
        Part of the title; Tab and Space choose
      </label>
      <input
        ref={field}
        id={id}
        className="input mb-2 w-full"
        maxLength={200}
        autoComplete="off"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <fieldset className="max-h-[320px] overflow-y-auto">
        <legend className="sr-only">Cases</legend>
        {rows.map((each) => (
          <label
            key={each.id}
            className={`flex min-h-9 items-center gap-2.5 rounded-md px-2 ${chosen.has(each.id) ? "bg-selected" : "hover:bg-hover"}`}
          >
            <input
              type="checkbox"
              className="size-4 shrink-0 accent-accent"
              checked={chosen.has(each.id)}
              onChange={() => toggle(each)}
            />
            <span className="min-w-0 flex-1 truncate font-medium">{nameCase(each)}</span>
            <CaseStatusBadge status={each.status} outcome={each.outcome} />
            <span className="shrink-0 text-xs text-ink-2">{formatPlural(each.alerts, "alert")}</span>
          </label>
        ))}
        {rows.length === 0 && (
          <p className="text-xs text-ink-2">{offered.isPending ? "Looking for cases…" : "There is no other case."}</p>
        )}
      </fieldset>
    </Dialog>
  );
}
