import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CalendarClock } from "lucide-react";
import { useId, useState } from "react";
import type { Rule } from "../../../shared/rule-record.ts";
import { refusalInWords } from "../../queries/client.ts";
import { sendRenewal } from "../../queries/rules.ts";
import { endWords, stageWords } from "../../respond/rule-words.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { offerUndo } from "../../ui/offer-undo.ts";
import { notify } from "../../ui/toast.tsx";
import { goTo } from "../../view/place.ts";

function RenewDialog({ rule, onClose }: { rule: Rule; onClose: () => void }) {
  const client = useQueryClient();
  const id = useId();
  const { stage, definition } = rule;
  const [day, setDay] = useState(definition.expires_at?.slice(0, 10) ?? "");
  const wanted = day === "" ? null : `${day}T00:00:00.000Z`;
  const refresh = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ["rules"] }),
      client.invalidateQueries({ queryKey: ["approvals"] }),
    ]);
  const renewing = useMutation({
    mutationFn: () => sendRenewal({ id: rule.id, base_version: rule.version, expires_at: wanted }),
    networkMode: "always",
    onSuccess({ event_id, approval_id }) {
      onClose();
      if (event_id !== null) {
        const said = `Rule ${rule.number} ends ${endWords(wanted)}.`;
        offerUndo(said, { eventId: event_id, onTried: () => void refresh() });
      } else if (approval_id !== null) {
        notify(`Asked: rule ${rule.number} goes on for longer once somebody approves it.`);
        goTo({ screen: "approvals", item: approval_id });
      }
    },
    onSettled: refresh,
  });
  return (
    <Dialog
      title={`When rule ${rule.number} ends`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            tone="primary"
            disabled={wanted === definition.expires_at || renewing.isPending}
            onClick={() => renewing.mutate()}
          >
            Save
          </Button>
        </>
      }
    >
      <label htmlFor={id} className="mb-1 block text-xs font-medium text-ink-2">
        Ends on (empty: never)
      </label>
      <input
        id={id}
        type="date"
        className="input w-full"
        value={day}
        onChange={(event) => setDay(event.target.value)}
      />
      <p className="mt-2 text-xs text-ink-2">
        Now it ends {endWords(definition.expires_at)}. It stays at “{stageWords[stage].label}”, and what was measured of
        it stands. An earlier end is set at once; where it acts, a later one may need an approval, as the stage did.
      </p>
      {renewing.error !== null && (
        <p role="alert" className="mt-2 text-xs text-danger">
          Not done: {refusalInWords(renewing.error)}
        </p>
      )}
    </Dialog>
  );
}

/** The way to let a rule end at another time. */
export function RenewRule({ rule }: { rule: Rule }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button size="small" icon={CalendarClock} onClick={() => setIsOpen(true)}>
        End…
      </Button>
      {isOpen && <RenewDialog rule={rule} onClose={() => setIsOpen(false)} />}
    </>
  );
}
