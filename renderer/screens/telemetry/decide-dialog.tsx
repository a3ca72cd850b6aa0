import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";
import type { FlowOverride } from "../../../shared/telemetry.ts";
import { refusalInWords } from "../../queries/client.ts";
import { type OverrideDraft, sendOverride } from "../../queries/telemetry.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { offerUndo } from "../../ui/offer-undo.ts";
import { Segments } from "../../ui/segments.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { decisionWords } from "./answer-words.ts";

/** Whom a decision is about; null: the dialog asks. */
export type DecisionSubject = { readonly route: string } | { readonly pseudonym: string } | null;

const actions = [
  { value: "allow", label: "Always OK" },
  { value: "throttle", label: "Throttle" },
  { value: "freeze", label: "Freeze" },
] as const satisfies readonly { value: FlowOverride["action"]; label: string }[];

const hourMs = 3_600_000;
const ends = [
  { value: "1", label: "For one hour" },
  { value: "8", label: "For eight hours" },
  { value: "24", label: "For a day" },
  { value: "168", label: "For a week" },
  { value: "", label: "Until somebody takes it back" },
] as const;

function subjectOf(subject: DecisionSubject, kind: "route" | "user", typed: string): OverrideDraft["subject"] {
  if (subject !== null) return subject;
  return kind === "route" ? { route: typed } : { user_id: typed };
}

/** Decides for a route or a user, for a time. */
export function DecideDialog({ subject, onClose }: { subject: DecisionSubject; onClose: () => void }) {
  const client = useQueryClient();
  const ids = { subject: useId(), end: useId(), reason: useId() };
  const field = useRef<HTMLInputElement>(null);
  const endField = useRef<HTMLSelectElement>(null);
  const [kind, setKind] = useState<"route" | "user">("route");
  const [typed, setTyped] = useState("");
  const [action, setAction] = useState<FlowOverride["action"]>("allow");
  const [hours, setHours] = useState<string>("24");
  const [reason, setReason] = useState("");
  const refresh = () => void client.invalidateQueries({ queryKey: ["telemetry"] });
  const saving = useMutation({
    mutationFn: () =>
      sendOverride({
        subject: subjectOf(subject, kind, typed.trim()),
        action,
        reason: reason.trim(),
        expires_at: hours === "" ? null : new Date(Date.now() + Number(hours) * hourMs).toISOString(),
      }),
    networkMode: "always",
    onSuccess: ({ event_id }) => {
      offerUndo(`Decided: ${decisionWords[action].word.toLowerCase()}.`, { eventId: event_id, onTried: refresh });
      onClose();
    },
    onSettled: refresh,
  });
  const isReady = (subject !== null || typed.trim() !== "") && !saving.isPending;
  return (
    <Dialog
      title="Decide in the model's place"
      onClose={onClose}
      focus={subject === null ? field : endField}
      size="medium"
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            tone={action === "allow" ? "primary" : "danger"}
            disabled={!isReady}
            type="submit"
            form="decide-telemetry"
          >
            Decide
          </Button>
        </>
      }
    >
      <form
        id="decide-telemetry"
        className="space-y-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) saving.mutate();
        }}
      >
        {subject === null ? (
          <>
            <div className="flex">
              <Segments
                legend="Whom it is about"
                options={[
                  { value: "route", label: "A route" },
                  { value: "user", label: "A user" },
                ]}
                value={kind}
                onChange={setKind}
              />
            </div>
            <div>
              <label htmlFor={ids.subject} className="mb-1 block text-xs font-medium text-ink-2">
                {kind === "route" ? "Route" : "User id, as the service sends it"}
              </label>
              <input
                id={ids.subject}
                ref={field}
                className="input w-full font-mono text-xs"
                autoComplete="off"
                spellCheck={false}
                maxLength={500}
                value={typed}
                onChange={(event) => setTyped(event.target.value)}
              />
              <p className="mt-1 text-xs text-ink-3">
                {kind === "route"
                  ? "A path becomes its template: /api/user/42 stands for every user."
                  : "Kept as a pseudonym alone."}
              </p>
            </div>
          </>
        ) : (
          <p className="text-sm wrap-anywhere">
            {"route" in subject ? "Route " : "User "}
            <span className="font-mono text-xs">
              <UntrustedText text={"route" in subject ? subject.route : subject.pseudonym} />
            </span>
          </p>
        )}
        <div className="flex">
          <Segments legend="What is answered" options={actions} value={action} onChange={setAction} />
        </div>
        <p className="text-xs text-ink-2">
          {action === "allow"
            ? "Whatever is reported is answered OK: an attack there goes unseen. Nothing of it is learned."
            : "Whatever is reported is answered so: the service will do to everybody there what it does to an attacker."}
        </p>
        <div>
          <label htmlFor={ids.end} className="mb-1 block text-xs font-medium text-ink-2">
            How long
          </label>
          <select
            id={ids.end}
            ref={endField}
            className="input w-full"
            value={hours}
            onChange={(event) => setHours(event.target.value)}
          >
            {ends.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </div>
        <div>
          <label htmlFor={ids.reason} className="mb-1 block text-xs font-medium text-ink-2">
            Reason, for the log (optional)
          </label>
          <input
            id={ids.reason}
            className="input w-full"
            maxLength={500}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        </div>
        {saving.error !== null && (
          <p role="alert" className="text-xs break-words text-danger">
            Not decided: {refusalInWords(saving.error)}
          </p>
        )}
      </form>
    </Dialog>
  );
}
