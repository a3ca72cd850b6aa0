import { useQuery } from "@tanstack/react-query";
import { Keyboard } from "lucide-react";
import { settingsQuery } from "../../queries/settings.ts";
import { Button } from "../../ui/button.tsx";
import { formatPlural } from "../../view/format.ts";
import { useKeyOf, withKey } from "../../view/keys-in-force.ts";
import { useView } from "../../view/view.ts";

/** How many keys are not the usual ones, and the way to change them. */
export function KeySettings() {
  const changed = Object.keys(useQuery(settingsQuery()).data?.settings.keys ?? {}).length;
  const key = useKeyOf("help");
  return (
    <section aria-labelledby="keys" className="card mt-4 flex items-center gap-6 p-4">
      <div className="min-w-0 flex-1">
        <h3 id="keys" className="font-semibold">
          Keys
        </h3>
        <p className="text-xs text-ink-2">
          {changed === 0 ? "All are the usual ones." : `${formatPlural(changed, "key")} changed.`} Each can be changed
          where it is shown.
        </p>
      </div>
      <Button icon={Keyboard} onClick={() => useView.getState().set({ helpOpen: true })}>
        {withKey("Show and change keys", key)}
      </Button>
    </section>
  );
}
