import { useQuery } from "@tanstack/react-query";
import { OctagonAlert } from "lucide-react";
import { heldQuery } from "../queries/rules.ts";
import { useTimeZone } from "../queries/settings.ts";
import { formatInstant } from "../view/format.ts";
import { placeHash } from "../view/place.ts";

/** That panic holds the response, on every screen, with the way to where it is re-armed. */
export function HeldMark() {
  const zone = useTimeZone();
  const held = useQuery(heldQuery()).data;
  return (
    <span role="status">
      {held != null && (
        <a
          href={placeHash({ screen: "sandboxes" })}
          title={`Panic holds the response since ${formatInstant(held.at, zone)}. Re-arm it under Sandboxes or Rules`}
          className="flex h-6 items-center gap-1.5 rounded-full bg-danger-soft px-2.5 text-xs font-semibold text-danger hover:underline"
        >
          <OctagonAlert size={13} aria-hidden="true" />
          Response held
        </a>
      )}
    </span>
  );
}
