import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import type { TrustedKey } from "../../../shared/trusted-key.ts";
import { refusalInWords } from "../../queries/client.ts";
import { adoptSettings, type SettingsInForce, saveSettings, useTimeZone } from "../../queries/settings.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { offerUndo } from "../../ui/offer-undo.ts";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatInstant } from "../../view/format.ts";
import { algorithmWords, TrustedKeyDialog } from "./trusted-key-dialog.tsx";

/** The keys that evidence may be signed with. Each change is saved by itself. */
export function TrustedKeys({ settings, version }: SettingsInForce) {
  const client = useQueryClient();
  const keys = settings.trusted_keys;
  const [edited, setEdited] = useState<TrustedKey | "new" | null>(null);
  const refresh = () => void client.invalidateQueries({ queryKey: ["settings"] });
  const saving = useMutation({
    mutationFn: ({ trusted_keys }: { trusted_keys: TrustedKey[]; said: string }) =>
      saveSettings({ trusted_keys }, version),
    networkMode: "always",
    onSuccess: (saved, { said }) => {
      adoptSettings(client, saved);
      offerUndo(said, { eventId: saved.event_id, undone: "The trusted keys are as they were.", onTried: refresh });
      setEdited(null);
    },
    onError: refresh,
  });
  const edit = (key: TrustedKey | "new") => {
    saving.reset();
    setEdited(key);
  };
  /** Changed or removed by somebody else while the dialog is open: what would be saved is not what it was opened on. */
  const isMoved = edited !== null && edited !== "new" && !keys.includes(edited);
  const put = (to: TrustedKey, said: string, from: TrustedKey | "new") =>
    saving.mutate({
      trusted_keys: from === "new" ? [...keys, to] : keys.map((key) => (key === from ? to : key)),
      said,
    });
  return (
    <section aria-labelledby="trusted-keys" className="card mt-4 p-4">
      <div className="flex items-center gap-6">
        <div className="min-w-0 flex-1">
          <h3 id="trusted-keys" className="font-semibold">
            Trusted keys
          </h3>
          <p className="text-xs text-ink-2">
            Keys that evidence packages may be signed with. Nothing that a revoked one signed is taken any more.
          </p>
        </div>
        <Button icon={Plus} onClick={() => edit("new")}>
          Add a key…
        </Button>
      </div>
      {keys.length > 0 && (
        <ul className="mt-3 divide-y divide-line border-t border-line">
          {keys.map((key) => (
            <Row
              key={`${key.alg} ${key.key_id}`}
              trusted={key}
              isBusy={saving.isPending}
              onEdit={() => edit(key)}
              onRevoke={() =>
                put({ ...key, revoked_at: new Date().toISOString() }, `${key.key_id} is revoked from now on.`, key)
              }
              onRemove={() =>
                saving.mutate({
                  trusted_keys: keys.filter((each) => each !== key),
                  said: `${key.key_id} is removed.`,
                })
              }
            />
          ))}
        </ul>
      )}
      {edited === null && saving.error !== null && (
        <p role="alert" className="mt-2 text-xs break-words text-danger">
          Not saved: {refusalInWords(saving.error)}
        </p>
      )}
      {edited !== null && (
        <TrustedKeyDialog
          trusted={edited === "new" ? null : edited}
          others={isMoved ? [] : keys.flatMap((key) => (key === edited ? [] : [key.key_id]))}
          isMoved={isMoved}
          error={saving.error}
          isSaving={saving.isPending}
          onSave={(to) => put(to, `${to.key_id} is saved.`, edited)}
          onClose={() => setEdited(null)}
        />
      )}
    </section>
  );
}

interface RowProps {
  readonly trusted: TrustedKey;
  readonly isBusy: boolean;
  readonly onEdit: () => void;
  readonly onRevoke: () => void;
  readonly onRemove: () => void;
}

function Row({ trusted, isBusy, onEdit, onRevoke, onRemove }: RowProps) {
  const zone = useTimeZone();
  const { key_id, alg, key, revoked_at } = trusted;
  return (
    <li className="flex items-center gap-3 py-2">
      <div className="min-w-0 flex-1">
        <p className="font-medium [&_.untrusted]:font-sans">
          <UntrustedText text={key_id} /> <span className="text-xs font-normal text-ink-2">{algorithmWords[alg]}</span>{" "}
          {revoked_at !== undefined && <Badge tone="danger">Revoked</Badge>}
        </p>
        {alg === "ed25519" && <p className="font-mono text-xs break-all text-ink-2 select-all">{key}</p>}
        {revoked_at !== undefined && (
          <p className="text-xs text-ink-2">
            Since {formatInstant(revoked_at, zone)}: what it signed is refused, whenever that was.
          </p>
        )}
      </div>
      <Button size="small" aria-label={`Change ${key_id}`} onClick={onEdit}>
        Change…
      </Button>
      {revoked_at === undefined && (
        <Button size="small" aria-label={`Revoke ${key_id}`} disabled={isBusy} onClick={onRevoke}>
          Revoke
        </Button>
      )}
      <Button size="small" aria-label={`Remove ${key_id}`} disabled={isBusy} onClick={onRemove}>
        Remove
      </Button>
    </li>
  );
}
