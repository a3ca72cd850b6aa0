import { useId, useRef, useState } from "react";
import {
  keyNameProblem,
  keyProblem,
  readKeyText,
  type TrustedKey,
  trustedKeyAlgorithms,
} from "../../../shared/trusted-key.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { formatInstant } from "../../view/format.ts";
import { EntryDialog, saveOnEnter } from "./entry-dialog.tsx";

export const algorithmWords: Record<TrustedKey["alg"], string> = {
  ed25519: "Ed25519, public key",
  "hmac-sha256": "HMAC-SHA-256, shared secret",
};

const blank: TrustedKey = { key_id: "", alg: "ed25519", key: "" };

interface TrustedKeyDialogProps {
  /** Null: a new one. */
  readonly trusted: TrustedKey | null;
  /** Names of the other keys. */
  readonly others: readonly string[];
  /** It is no longer what the dialog was opened on. */
  readonly isMoved: boolean;
  readonly error: Error | null;
  readonly isSaving: boolean;
  readonly onSave: (trusted: TrustedKey) => void;
  readonly onClose: () => void;
}

const sentence = (problem: string) => `${problem.charAt(0).toUpperCase()}${problem.slice(1)}.`;

/** Adds a key or changes one, with what is wrong with it in words. */
export function TrustedKeyDialog({
  trusted,
  others,
  isMoved,
  error,
  isSaving,
  onSave,
  onClose,
}: TrustedKeyDialogProps) {
  const id = useId();
  const zone = useTimeZone();
  const first = useRef<HTMLInputElement>(null);
  const [draft, setDraft] = useState(trusted ?? blank);
  const isSecret = draft.alg === "hmac-sha256";
  /** SECURITY: a secret is never shown again; it is kept only under the name and for the algorithm that it was given for. */
  const isKept =
    trusted?.alg === "hmac-sha256" && isSecret && draft.key === trusted.key && draft.key_id === trusted.key_id;
  const name = keyNameProblem(draft.key_id, others);
  const key = isKept ? null : keyProblem(draft);
  const isReady = name === null && key === null && !isMoved && !isSaving;
  const rename = (key_id: string) => setDraft({ ...draft, key_id, ...(isKept ? { key: "" } : {}) });
  const save = () => {
    if (isReady) onSave(draft);
  };
  const onEnter = saveOnEnter(save);
  const keyInput = {
    id: `${id}-key`,
    className: "input w-full resize-y font-mono !text-xs",
    value: draft.key,
    "aria-invalid": draft.key !== "" && key !== null,
    "aria-describedby": `${id}-key-hint`,
  };
  return (
    <EntryDialog
      title={trusted === null ? "Add a trusted key" : `Change ${trusted.key_id}`}
      saveWords="Save key"
      focus={first}
      {...{ isReady, isMoved, error, onClose }}
      onSave={save}
    >
      <div>
        <label htmlFor={`${id}-name`} className="mb-1 block text-xs font-medium text-ink-2">
          Name
        </label>
        <input
          id={`${id}-name`}
          ref={first}
          className="input w-full"
          spellCheck={false}
          aria-invalid={draft.key_id !== "" && name !== null}
          aria-describedby={`${id}-name-hint`}
          value={draft.key_id}
          onKeyDown={onEnter}
          onChange={(event) => rename(event.target.value)}
        />
        <Hint id={`${id}-name-hint`} problem={draft.key_id === "" ? null : name}>
          As packages name it in signature.key_id
        </Hint>
      </div>
      <fieldset>
        <legend className="mb-1 text-xs font-medium text-ink-2">Algorithm</legend>
        {trustedKeyAlgorithms.map((alg) => (
          <label key={alg} className="flex min-h-7 items-center gap-2">
            <input
              type="radio"
              name={`${id}-alg`}
              checked={draft.alg === alg}
              onKeyDown={onEnter}
              onChange={() => setDraft({ ...draft, alg, key: "" })}
              className="size-4 accent-accent"
            />
            {algorithmWords[alg]}
          </label>
        ))}
      </fieldset>
      <div>
        <label htmlFor={`${id}-key`} className="mb-1 block text-xs font-medium text-ink-2">
          {isSecret ? "Secret" : "Public key"}
        </label>
        {isSecret ? (
          <input
            {...keyInput}
            type="password"
            autoComplete="off"
            onKeyDown={onEnter}
            onChange={(event) => setDraft({ ...draft, key: event.target.value.trim() })}
          />
        ) : (
          <textarea
            {...keyInput}
            rows={3}
            spellCheck={false}
            onChange={(event) => setDraft({ ...draft, key: readKeyText(event.target.value) })}
          />
        )}
        <Hint id={`${id}-key-hint`} problem={draft.key === "" ? null : key}>
          {isKept
            ? "It stays as it is unless another one is entered"
            : isSecret
              ? "Base64, at least 16 bytes"
              : "Base64, 32 bytes or SPKI; a PEM file may be pasted whole"}
        </Hint>
      </div>
      <div>
        <label className="flex items-center gap-2">
          <input
            type="checkbox"
            checked={draft.revoked_at !== undefined}
            onKeyDown={onEnter}
            onChange={({ target }) => {
              const { revoked_at: _, ...valid } = draft;
              setDraft(
                target.checked ? { ...valid, revoked_at: trusted?.revoked_at ?? new Date().toISOString() } : valid,
              );
            }}
            className="size-4 accent-accent"
          />
          Revoked
        </label>
        <p className="mt-1 text-xs text-ink-3">
          {draft.revoked_at === undefined
            ? "What it signs is taken"
            : `Since ${formatInstant(draft.revoked_at, zone)}: whatever it signed is refused`}
        </p>
      </div>
    </EntryDialog>
  );
}

function Hint({ id, problem, children }: { id: string; problem: string | null; children: React.ReactNode }) {
  return (
    <p id={id} className={`mt-1 text-xs ${problem === null ? "text-ink-3" : "text-danger"}`}>
      {problem === null ? children : sentence(problem)}
    </p>
  );
}
