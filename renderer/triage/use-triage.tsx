import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import type { Alert, AlertChange } from "../../shared/alert.ts";
import { mostAtOnce, readAlerts } from "../queries/alerts.ts";
import { sendNewCase } from "../queries/cases.ts";
import { useTimeZone } from "../queries/settings.ts";
import { notify } from "../ui/toast.tsx";
import { describeChange } from "../view/alert-change.ts";
import { settleDraft } from "../view/drafts.ts";
import { useKeysInForce, wordKey } from "../view/keys-in-force.ts";
import { ownName } from "../view/own-name.ts";
import { useQueue } from "../view/queue.ts";
import { makeRuleOf } from "../view/rule-making.ts";
import { useKeys } from "../view/use-keys.ts";
import { patchAlerts } from "./alert-cache.ts";
import { AssignDialog } from "./assign-dialog.tsx";
import { changeMatching } from "./bulk-runs.tsx";
import { type CaseChoice, CaseDialog } from "./case-dialog.tsx";
import { useCasework } from "./casework.ts";
import { changeRows, noteRows } from "./change-alerts.ts";
import { CloseDialog } from "./close-dialog.tsx";
import { NoteDialog } from "./note-dialog.tsx";
import { SeverityDialog } from "./severity-dialog.tsx";
import { SnoozeDialog } from "./snooze-dialog.tsx";
import { TagsDialog } from "./tags-dialog.tsx";
import { draftAbout, nameTarget, rowsChangedBy, type Target } from "./target.ts";
import { whyNot } from "./why-not.ts";

const dialogs = ["close", "assign", "tag", "snooze", "severity", "putInCase", "note"] as const;
type Dialog = (typeof dialogs)[number];
export type TriageAction = Dialog | "assignToMe" | "inProgress" | "reopen";

interface Triage {
  readonly act: Readonly<Record<TriageAction, () => void>>;
  /** The dialog that is open, if any. */
  readonly dialog: ReactNode;
}

interface TriageOptions {
  /** What an action works on at this moment; null: nothing. */
  readonly target: () => Target | null;
  /** Hears that rows have left the queue, and which is next; what it returns is said with the rest. */
  readonly onLeft?: (next: Alert | undefined) => string;
}

function noneChosen(): string {
  const { bindings } = useKeysInForce.getState();
  const [next, previous, select] = (["next", "previous", "select"] as const).map((action) =>
    wordKey(bindings[action][0] ?? ""),
  );
  const selecting = select === "" ? "" : `, or select some with ${select}`;
  return `No alert is chosen: move onto one with ${next} and ${previous}${selecting}.`;
}

/** Everything that can be done to alerts, by keys and by whoever calls: one dialog for one alert, for many, for all that match. */
export function useTriage({ target: findTarget, onLeft }: TriageOptions): Triage {
  const client = useQueryClient();
  const zone = useTimeZone();
  const [open, setOpen] = useState<{ dialog: Dialog; target: Target } | null>(null);
  const casework = useCasework();
  const asking = { client, zone, onLeft };

  const change = async (target: Target, wanted: AlertChange, note?: string) => {
    setOpen(null);
    const settle = () => note !== undefined && settleDraft(draftAbout("close", target), note);
    if (target.kind === "all") {
      useQueue.getState().clearSelection();
      const deed = { change: wanted, ...(note === undefined ? {} : { note }) };
      if (await changeMatching(client, target.q, deed, zone)) settle();
      return;
    }
    const rows = note === undefined ? rowsChangedBy(target.rows, wanted) : target.rows;
    if (rows.length > 0) {
      if (await changeRows(asking, rows, wanted, note)) settle();
    } else notify(`${nameTarget(target)}: already ${describeChange(wanted, zone)}.`);
  };
  const putInCase = (target: Target, choice: CaseChoice) => {
    setOpen(null);
    if (choice.kind === "none") void change(target, { case_id: null });
    else if (choice.kind === "known") void change(target, { case_id: choice.id });
    else openCaseWith(choice.title, target);
  };
  const openCaseWith = (title: string, target: Target) => {
    const rows = target.kind === "rows" ? target.rows.slice(0, mostAtOnce) : [];
    casework.run(
      `Case "${title}" is open${rows.length === 0 ? "" : `, with ${nameTarget({ kind: "rows", rows })}`}.`,
      () => sendNewCase(title, rows),
      ({ id }) => {
        if (target.kind === "all") void change(target, { case_id: id });
        else {
          void readAlerts(rows.map((row) => row.id)).then((now) => patchAlerts(client, now));
          const rest = target.rows.slice(mostAtOnce);
          if (rest.length > 0) void change({ kind: "rows", rows: rest }, { case_id: id });
        }
      },
    );
  };
  const note = async (target: Target, text: string) => {
    setOpen(null);
    if (target.kind === "all") useQueue.getState().clearSelection();
    const isStored =
      target.kind === "rows"
        ? await noteRows(asking, target.rows, text)
        : await changeMatching(client, target.q, { note: text }, zone);
    if (isStored) settleDraft(draftAbout("note", target), text);
  };
  const withTarget = (run: (target: Target) => void) => () => {
    const target = findTarget();
    if (target === null) notify(noneChosen());
    else run(target);
  };
  const ask = (dialog: Dialog) => withTarget((target) => setOpen({ dialog, target }));
  const act: Record<TriageAction, () => void> = {
    close: ask("close"),
    assign: ask("assign"),
    tag: ask("tag"),
    snooze: ask("snooze"),
    severity: ask("severity"),
    putInCase: ask("putInCase"),
    note: ask("note"),
    assignToMe: withTarget((target) => void change(target, { assignee: ownName })),
    inProgress: withTarget((target) => void change(target, { status: "in_progress" })),
    reopen: withTarget((target) => void change(target, { status: "new" })),
  };
  const makeRule = withTarget((target) => {
    const rows = target.kind === "rows" ? target.rows : [];
    const closed = rows.filter(({ status, reason }) => status === "closed" && reason === "true_positive");
    if (closed.length === 0) notify("Rules are made of alerts that were closed as true positives: close it first.");
    else makeRuleOf(closed.map(({ id }) => id));
  });
  useKeys({ ...act, makeRule }, (action) => {
    const target = findTarget();
    if (target === null) return "no alert is chosen";
    return target.kind === "rows" ? whyNot(action, target.rows) : null;
  });

  if (open === null) return { act, dialog: null };
  const { target } = open;
  const props = { target, onClose: () => setOpen(null) };
  const views: Record<Dialog, () => ReactNode> = {
    close: () => (
      <CloseDialog
        {...props}
        onConfirm={(reason, text, label) =>
          void change(target, { status: "closed", reason, ...(label === undefined ? {} : { label }) }, text)
        }
      />
    ),
    assign: () => <AssignDialog {...props} onConfirm={(assignee) => void change(target, { assignee })} />,
    tag: () => <TagsDialog {...props} onConfirm={(wanted) => void change(target, wanted)} />,
    snooze: () => <SnoozeDialog {...props} onConfirm={(until) => void change(target, { snoozed_until: until })} />,
    severity: () => <SeverityDialog {...props} onConfirm={(severity) => void change(target, { severity })} />,
    putInCase: () => <CaseDialog {...props} onConfirm={(choice) => putInCase(target, choice)} />,
    note: () => <NoteDialog {...props} onConfirm={(text) => void note(target, text)} />,
  };
  return { act, dialog: views[open.dialog]() };
}
