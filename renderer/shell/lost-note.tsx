import { useQuery } from "@tanstack/react-query";
import { Undo2 } from "lucide-react";
import { fleetDecisionsQuery } from "../queries/fleet-decisions.ts";
import { Button } from "../ui/button.tsx";
import { UntrustedText } from "../ui/untrusted-text.tsx";
import { describeLost } from "../view/lost.ts";
import { placeHash } from "../view/place.ts";
import { useView } from "../view/view.ts";

/** What the analyst decided and somebody at another engine had decided before; until it is put away. */
export function LostNote() {
  const { data } = useQuery(fleetDecisionsQuery());
  const seen = useView((view) => view.lostSeen);
  const set = useView((view) => view.set);
  const told = describeLost(data?.lost ?? [], seen);
  if (told === null) return null;
  return (
    <div
      role="status"
      className="flex min-h-8 shrink-0 items-center gap-2 border-t border-line bg-warn-soft px-4 py-1 text-xs text-warn"
    >
      <Undo2 size={14} className="shrink-0" aria-hidden="true" />
      <p className="min-w-0 flex-1 [&_.untrusted]:font-sans">
        <UntrustedText text={told.words} />
      </p>
      <a className="shrink-0 font-medium underline" href={placeHash({ screen: "audit" })}>
        Show in the log
      </a>
      <Button size="small" tone="ghost" onClick={() => set({ lostSeen: told.last })}>
        Put away
      </Button>
    </div>
  );
}
