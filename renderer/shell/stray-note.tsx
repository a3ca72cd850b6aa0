import { MapPinOff } from "lucide-react";
import { Button } from "../ui/button.tsx";
import { UntrustedText } from "../ui/untrusted-text.tsx";
import { placeHash, useStrayAddress } from "../view/place.ts";

/** That the address names no screen, and the ways on; the address stays as it is, to be corrected. */
export function StrayNote() {
  const address = useStrayAddress();
  if (address === null) return null;
  return (
    <div
      role="status"
      className="flex min-h-8 shrink-0 items-center gap-2 border-t border-line bg-warn-soft px-4 py-1 text-xs text-warn"
    >
      <MapPinOff size={14} className="shrink-0" aria-hidden="true" />
      <p className="min-w-0 flex-1 break-words">
        The address <UntrustedText text={address.slice(0, 200)} /> names no screen: these are the verdicts.
      </p>
      <Button size="small" tone="ghost" onClick={() => window.history.back()}>
        Back
      </Button>
      <a className="shrink-0 font-medium underline" href={placeHash({ screen: "verdicts" })}>
        Stay with the verdicts
      </a>
    </div>
  );
}
