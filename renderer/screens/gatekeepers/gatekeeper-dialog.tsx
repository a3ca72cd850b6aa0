import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";
import type { Gatekeeper } from "../../../shared/gatekeeper.ts";
import { refusalInWords } from "../../queries/client.ts";
import { sendGatekeeper } from "../../queries/gatekeepers.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { offerUndo } from "../../ui/offer-undo.ts";

interface FieldProps {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly mono?: boolean;
  readonly focus?: React.RefObject<HTMLInputElement | null>;
}

function Field({ label, hint, value, onChange, mono = false, focus }: FieldProps) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-xs font-medium text-ink-2">
        {label}
      </label>
      <input
        id={id}
        ref={focus}
        className={`input w-full ${mono ? "font-mono text-xs" : ""}`}
        value={value}
        autoComplete="off"
        spellCheck={false}
        aria-describedby={`${id}-hint`}
        onChange={(event) => onChange(event.target.value)}
      />
      <p id={`${id}-hint`} className="mt-1 text-xs text-ink-3">
        {hint}
      </p>
    </div>
  );
}

/** Adds a gatekeeper or changes one. */
export function GatekeeperDialog({ gatekeeper, onClose }: { gatekeeper: Gatekeeper | null; onClose: () => void }) {
  const client = useQueryClient();
  const first = useRef<HTMLInputElement>(null);
  const [name, setName] = useState(gatekeeper?.name ?? "");
  const [address, setAddress] = useState(gatekeeper?.address ?? "http://127.0.0.1:8082");
  const [key, setKey] = useState(gatekeeper?.key ?? "");
  const [isPublic, setIsPublic] = useState(gatekeeper?.is_public ?? false);
  const refresh = () => void client.invalidateQueries({ queryKey: ["gatekeepers"] });
  const saving = useMutation({
    mutationFn: () =>
      sendGatekeeper({
        ...(gatekeeper === null ? {} : { id: gatekeeper.id }),
        base_version: gatekeeper?.version ?? 0,
        name: name.trim(),
        address: address.trim(),
        key: key.trim(),
        is_public: isPublic,
      }),
    networkMode: "always",
    onSuccess: ({ event_id }) => {
      offerUndo(`${name.trim()} is saved: it is given the rules in force.`, { eventId: event_id, onTried: refresh });
      onClose();
    },
    onSettled: refresh,
  });
  const isReady = name.trim() !== "" && address.trim() !== "" && key.trim() !== "" && !saving.isPending;
  return (
    <Dialog
      title={gatekeeper === null ? "Add a gatekeeper" : `Change ${gatekeeper.name}`}
      onClose={onClose}
      focus={first}
      size="medium"
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" disabled={!isReady} type="submit" form="gatekeeper-form">
            Save
          </Button>
        </>
      }
    >
      <form
        id="gatekeeper-form"
        className="space-y-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) saving.mutate();
        }}
      >
        <Field
          focus={first}
          label="Name"
          hint="As people call the application behind it."
          value={name}
          onChange={setName}
        />
        <Field
          label="Address"
          hint="Of its control port, which it prints when it starts."
          value={address}
          onChange={setAddress}
          mono
        />
        <Field
          label="Its key"
          hint="Printed beside the address: only answers signed with it are believed."
          value={key}
          onChange={setKey}
          mono
        />
        <label className="flex items-start gap-2 text-sm">
          <input
            type="checkbox"
            className="mt-0.5"
            checked={isPublic}
            onChange={(event) => setIsPublic(event.target.checked)}
          />
          <span>
            Its address may lie outside of this machine and private networks
            <span className="block text-xs text-ink-3">Then only over https://.</span>
          </span>
        </label>
        {saving.error !== null && (
          <p role="alert" className="text-xs break-words text-danger">
            Not saved: {refusalInWords(saving.error)}
          </p>
        )}
      </form>
    </Dialog>
  );
}
