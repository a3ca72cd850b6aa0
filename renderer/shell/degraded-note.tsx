import { TriangleAlert } from "lucide-react";
import type { Health } from "../../shared/health.ts";
import { useLive } from "../live/live-state.ts";
import { useTimeZone } from "../queries/settings.ts";
import { describeDegraded } from "../view/degraded.ts";
import { formatInstantsIn } from "../view/format.ts";
import { type Place, placeHash } from "../view/place.ts";

/** What is missing for the screen and what that means. It stands below: above, it would move the row under the cursor when it comes and goes. */
export function DegradedNote({ place, health }: { place: Place; health: Health | undefined }) {
  const isOffline = useLive((state) => state.mode === "offline");
  const zone = useTimeZone();
  const { here, elsewhere } = describeDegraded(place.screen, health, isOffline);
  if (here.length + elsewhere.length === 0) return null;
  return (
    <div
      role="status"
      className="flex min-h-8 shrink-0 items-start gap-2 border-t border-line bg-warn-soft px-4 py-1.5 text-xs text-warn"
    >
      <TriangleAlert size={14} className="mt-px shrink-0" aria-hidden="true" />
      <div className="min-w-0 flex-1">
        {here.map((words) => (
          <p key={words}>{formatInstantsIn(words, zone)}</p>
        ))}
        {elsewhere.length > 0 && (
          <p>
            {here.length > 0 ? "Elsewhere" : "Degraded, without concern for this screen"}: {elsewhere.join(", ")}.
          </p>
        )}
      </div>
      {place.screen !== "health" && (
        <a className="shrink-0 font-medium underline" href={placeHash({ screen: "health" })}>
          Details
        </a>
      )}
    </div>
  );
}
