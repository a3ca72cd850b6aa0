import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CalendarClock } from "lucide-react";
import { useState } from "react";
import type { Rule } from "../../../shared/rule-record.ts";
import { refusalInWords } from "../../queries/client.ts";
import { sendRenewal } from "../../queries/rules.ts";
import { endWords, stageWords } from "../../respond/rule-words.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { offerUndo } from "../../ui/offer-undo.ts";
import { notify } from "../../ui/toast.tsx";
import { goTo } from "../../view/place.ts";
import { chosenEnd, EndField, enteredEnd, firstEnd, noEnd } from "./end-field.tsx";

function RenewDialog({ rule, onClose }: { rule: Rule; onClose: () => void }) {
  const client = useQueryClient();
  const { stage, definition } = rule;
  const former = definition.expires_at;
  const [entered, setEntered] = useState(enteredEnd(former));
  const [first] = useState(() => firstEnd(Date.now()));
  const wanted = chosenEnd(entered, former, first);
  const refresh = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ["rules"] }),
      client.invalidateQueries({ queryKey: ["approvals"] }),
    ]);
  const renewing = useMutation({
    mutationFn: (expires_at: string | null) => sendRenewal({ id: rule.id, base_version: rule.version, expires_at }),
    networkMode: "always",
    onSuccess({ event_id, approval_id }, expires_at) {
      onClose();
      if (event_id !== null) {
        const said = `Rule ${rule.number} ends ${endWords(expires_at)}.`;
        offerUndo(said, { eventId: event_id, onTried: () => void refresh() });
      } else if (approval_id !== null) {
        notify(`Asked: rule ${rule.number} goes on for longer once somebody approves it.`);
        goTo({ screen: "approvals", item: approval_id });
      }
    },
    onSettled: refresh,
  });
  const problem =
    wanted === undefined
      ? noEnd(first)
      : renewing.error === null
        ? null
        : `Not done: ${refusalInWords(renewing.error)}`;
  return (
    <Dialog
      title={`When rule ${rule.number} ends`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            tone="primary"
            disabled={wanted === undefined || wanted === former || renewing.isPending}
            onClick={() => wanted !== undefined && renewing.mutate(wanted)}
          >
            Save
          </Button>
        </>
      }
    >
      <EndField entered={entered} onChange={setEntered} first={first} problem={problem} />
      <p className="mt-2 text-xs text-ink-2">
        Now it ends {endWords(former)}. It stays at “{stageWords[stage].label}”, and what was measured of it stands. An
        earlier end is set at once; where it acts, a later one may need an approval, as the stage did.
      </p>
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
