import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";
import type { Case } from "../../shared/case.ts";
import { visibleWords } from "../../shared/visible-text.ts";
import { fewCases } from "../queries/cases.ts";
import { formatPlural } from "../view/format.ts";
import { ActionDialog, Options } from "./action-dialog.tsx";
import { type Target, targetRows } from "./target.ts";

/** Cases that are offered at once: each has a digit, beside a new one and none. */
const mostOffered = 7;
const newCase = "new";
const noCase = "none";

export type CaseChoice =
  | { readonly kind: "new"; readonly title: string }
  | { readonly kind: "known"; readonly id: string }
  | { readonly kind: "none" };

interface CaseDialogProps {
  readonly target: Target;
  readonly onClose: () => void;
  readonly onConfirm: (choice: CaseChoice) => void;
}

const nameCase = ({ id, title }: Pick<Case, "id" | "title">) => (title === null ? id : visibleWords(title));

/** The case that alerts join: an open one, a new one, or none. */
export function CaseDialog({ target, onClose, onConfirm }: CaseDialogProps) {
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const text = typed.trim();
  const offered = useQuery({ ...fewCases({ status: "open", text }, mostOffered), placeholderData: keepPreviousData });
  const rows = targetRows(target);
  const isInOne = target.kind === "all" || rows.some(({ case_id }) => case_id !== null);
  const options = [
    ...(text === "" ? [] : [{ value: newCase, label: "A new case", detail: text }]),
    ...(offered.data ?? []).map((each) => ({
      value: each.id,
      label: nameCase(each),
      detail: formatPlural(each.alerts, "alert"),
    })),
    ...(isInOne ? [{ value: noCase, label: "None", detail: "out of the case that they are in" }] : []),
  ];
  const value = options.some((option) => option.value === chosen) ? chosen : text === "" ? null : newCase;
  const leaving =
    value === null || value === noCase ? 0 : rows.filter((row) => (row.case_id ?? value) !== value).length;
  const confirm = () => {
    if (value === newCase) onConfirm({ kind: "new", title: text });
    else if (value === noCase) onConfirm({ kind: "none" });
    else if (value !== null) onConfirm({ kind: "known", id: value });
  };
  return (
    <ActionDialog
      verb="Case"
      target={target}
      confirm={value === newCase ? "Open the case" : value === noCase ? "Take out" : "Put in"}
      isReady={value !== null}
      focus={field}
      onClose={onClose}
      onDigit={(digit) => setChosen(options[digit - 1]?.value ?? chosen)}
      onConfirm={confirm}
    >
      <label htmlFor={id} className="mb-1 block text-xs font-medium text-ink-2">
        Title of a new case, or part of that of an open one; arrows choose
      </label>
      <input
        ref={field}
        id={id}
        className="input mb-2 w-full"
        maxLength={200}
        autoComplete="off"
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setChosen(null);
        }}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
          event.preventDefault();
          const at = options.findIndex((option) => option.value === value);
          const to = event.key === "ArrowDown" ? at + 1 : at - 1;
          setChosen(options.at(to % Math.max(1, options.length))?.value ?? null);
        }}
      />
      {leaving > 0 && (
        <p role="status" className="mb-2 text-xs text-warn">
          {leaving === 1 && rows.length === 1 ? "It is" : `${formatPlural(leaving, "alert is", "alerts are")}`} in
          another case, and would leave it.
        </p>
      )}
      <Options legend="Case" options={options} value={value} onChange={setChosen} />
      {options.length === 0 && (
        <p className="text-xs text-ink-2">{offered.isPending ? "Looking for open cases…" : "No case is open yet."}</p>
      )}
    </ActionDialog>
  );
}
