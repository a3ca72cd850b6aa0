import { useQuery } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";
import { Assignee } from "../../shared/alert.ts";
import { alertCountsQuery } from "../queries/alerts.ts";
import { formatPlural } from "../view/format.ts";
import { ownName } from "../view/own-name.ts";
import { ActionDialog, Options } from "./action-dialog.tsx";
import { type Target, targetRows } from "./target.ts";

/** Names that have a digit, beside me and nobody. */
const mostNames = 7;
const nobody = "";

interface AssignDialogProps {
  readonly target: Target;
  readonly onClose: () => void;
  readonly onConfirm: (assignee: string | null) => void;
}

/** Who shall work on alerts: me, nobody, somebody who has others already, or a new name. */
export function AssignDialog({ target, onClose, onConfirm }: AssignDialogProps) {
  const busy = useQuery(alertCountsQuery("")).data?.by_assignee ?? [];
  const [chosen, setChosen] = useState<string | null>(() => {
    const [row, ...rows] = targetRows(target);
    return row !== undefined && rows.every(({ assignee }) => assignee === row.assignee)
      ? (row.assignee ?? nobody)
      : null;
  });
  const [typed, setTyped] = useState("");
  const first = useRef<HTMLInputElement>(null);
  const typedId = useId();
  const others = busy.filter(({ name }) => name !== null && name !== ownName).slice(0, mostNames);
  const options = [
    { value: ownName, label: "Me" },
    { value: nobody, label: "Nobody" },
    ...others.map(({ name, alerts }) => ({
      value: name ?? "",
      label: name ?? "",
      detail: formatPlural(alerts, "alert"),
    })),
  ];
  const name = typed.trim();
  const problem = name === "" ? null : (Assignee.safeParse(name).error?.issues[0]?.message ?? null);
  return (
    <ActionDialog
      verb="Assign"
      target={target}
      isReady={name === "" ? chosen !== null : problem === null}
      focus={first}
      onClose={onClose}
      onDigit={(digit) => setChosen(options[digit - 1]?.value ?? chosen)}
      onConfirm={() => onConfirm(name !== "" ? name : chosen === nobody ? null : chosen)}
    >
      <Options
        legend="Who"
        options={options}
        value={name === "" ? chosen : null}
        onChange={(value) => {
          setChosen(value);
          setTyped("");
        }}
        first={first}
      />
      <div className="mt-3">
        <label htmlFor={typedId} className="mb-1 block text-xs font-medium text-ink-2">
          Somebody else
        </label>
        <input
          id={typedId}
          className="input w-full"
          maxLength={60}
          autoComplete="off"
          aria-invalid={problem !== null}
          aria-describedby={problem === null ? undefined : `${typedId}-problem`}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        {problem !== null && (
          <p id={`${typedId}-problem`} role="alert" className="mt-1 text-xs text-danger">
            {problem}
          </p>
        )}
      </div>
    </ActionDialog>
  );
}
