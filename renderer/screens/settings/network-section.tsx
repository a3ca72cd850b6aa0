import { useMutation, useQueryClient } from "@tanstack/react-query";
import { UserX } from "lucide-react";
import { useState } from "react";
import type { NetworkSession } from "../../../shared/network.ts";
import { refusalInWords } from "../../queries/client.ts";
import { revokeCredential, useNetworkSessions } from "../../queries/network.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { notify } from "../../ui/toast.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatInstant, formatPlural } from "../../view/format.ts";

/** Who comes over the network and with what; each can be shut out. Where nothing listens there, or for who may not ask, there is nothing to see. */
export function NetworkSection() {
  const { data } = useNetworkSessions();
  const [chosen, setChosen] = useState<NetworkSession | null>(null);
  if (data === undefined || data.length === 0) return null;
  return (
    <div className="card p-4">
      <p className="text-xs text-ink-2">
        Tokens, and certificates that came since the start. Who is shut out is cut off within seconds.
      </p>
      <ul className="mt-3 divide-y divide-line border-t border-line">
        {data.map((session) => (
          <Session key={session.credential} session={session} onRevoke={() => setChosen(session)} />
        ))}
      </ul>
      {chosen !== null && <RevokeDialog session={chosen} onClose={() => setChosen(null)} />}
    </div>
  );
}

function Session({ session, onRevoke }: { session: NetworkSession; onRevoke: () => void }) {
  const zone = useTimeZone();
  const { credential, name, role, ends_at, revoked, last_seen_at, last_address, connections } = session;
  const seen =
    last_seen_at === null
      ? "not seen since the start"
      : `last seen ${formatInstant(last_seen_at, zone)}${last_address === null ? "" : ` from ${last_address}`}`;
  const ends = ends_at === null ? "" : `, ends ${formatInstant(ends_at, zone)}`;
  return (
    <li className="flex items-center gap-3 py-2 text-xs">
      <div className="min-w-0 flex-1">
        <p className="text-sm [&_.untrusted]:font-sans">
          <UntrustedText text={name} /> <span className="text-ink-2">{role}</span>{" "}
          {connections > 0 && !revoked && <Badge tone="good">{formatPlural(connections, "connection")}</Badge>}
          {revoked && <Badge tone="danger">Shut out</Badge>}
        </p>
        <p className="text-ink-2">
          {seen}
          {ends}
        </p>
        <p className="font-mono break-all text-ink-3">{credential}</p>
      </div>
      {!revoked && (
        <Button size="small" icon={UserX} aria-label={`Shut out ${name}`} onClick={onRevoke}>
          Shut out…
        </Button>
      )}
    </li>
  );
}

function RevokeDialog({ session, onClose }: { session: NetworkSession; onClose: () => void }) {
  const client = useQueryClient();
  const revoking = useMutation({
    mutationFn: () => revokeCredential(session.credential),
    networkMode: "always",
    onSuccess() {
      notify("Shut out.");
      onClose();
    },
    onError: (error) => notify(`Not shut out: ${refusalInWords(error)}`, { tone: "danger" }),
    onSettled: () => client.invalidateQueries({ queryKey: ["network"] }),
  });
  return (
    <Dialog
      title="Shut out"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="danger" disabled={revoking.isPending} onClick={() => revoking.mutate()}>
            Shut out for good
          </Button>
        </>
      }
    >
      <p>
        <UntrustedText text={session.name} /> ({session.role}) comes in no more with this credential, and is cut off
        now. It cannot be undone: whoever is to come back needs another one.
      </p>
    </Dialog>
  );
}
