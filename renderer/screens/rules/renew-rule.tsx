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

const dayMs = 86_400_000;

/**
 * The end that somebody chose: at the beginning of a day in UTC, null for never; undefined where what is entered is no day, or none that is ahead.
 *
 * @param entered what a date field holds: empty while a part of it is missing
 * @param former the end as it is: a day that is left alone is no other end, whatever its time of day
 * @param first day that may be chosen
 */
export function chosenEnd(
  entered: { readonly isEndless: boolean; readonly day: string },
  former: string | null,
  first: string,
): string | null | undefined {
  const { isEndless, day } = entered;
  if (isEndless) return null;
  if (former !== null && day === former.slice(0, 10)) return former;
  return day.length === first.length && day >= first ? `${day}T00:00:00.000Z` : undefined;
}

function RenewDialog({ rule, onClose }: { rule: Rule; onClose: () => void }) {
  const client = useQueryClient();
  const id = useId();
  const { stage, definition } = rule;
  const former = definition.expires_at;
  const [isEndless, setIsEndless] = useState(former === null);
  const [day, setDay] = useState(former?.slice(0, 10) ?? "");
  const [first] = useState(() => new Date(Date.now() + dayMs).toISOString().slice(0, 10));
  const wanted = chosenEnd({ isEndless, day }, former, first);
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
      ? `Choose a day from ${first} on, or no end.`
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
      <label htmlFor={id} className="mb-1 block text-xs font-medium text-ink-2">
        Ends on
      </label>
      <input
        id={id}
        type="date"
        className="input w-full"
        required
        disabled={isEndless}
        min={first}
        aria-invalid={problem !== null}
        aria-describedby={problem === null ? undefined : `${id}-problem`}
        value={isEndless ? "" : day}
        onChange={(event) => setDay(event.target.value)}
      />
      <label className="mt-2 flex items-center gap-2 text-xs">
        <input type="checkbox" checked={isEndless} onChange={(event) => setIsEndless(event.target.checked)} />
        No end
      </label>
      {problem !== null && (
        <p id={`${id}-problem`} role="alert" className="mt-2 text-xs text-danger">
          {problem}
        </p>
      )}
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
