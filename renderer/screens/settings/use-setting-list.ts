import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { adoptSettings, type SettingsInForce, saveSettings } from "../../queries/settings.ts";
import { offerUndo } from "../../ui/offer-undo.ts";

/** Settings that are lists of which each entry is changed by itself. */
type ListName = "trusted_keys" | "siem_outputs";
type Entry<Name extends ListName> = SettingsInForce["settings"][Name][number];

/** An entry, or one that is not there yet. */
export type Edited<T> = T | "new";

/**
 * A list among the settings, whose entries are added, changed and removed one at a time, each saved by itself.
 * @param undone what is said once a change was taken back
 */
export function useSettingList<Name extends ListName>(
  name: Name,
  { settings, version }: SettingsInForce,
  undone: string,
) {
  const client = useQueryClient();
  const entries: readonly Entry<Name>[] = settings[name];
  const [edited, setEdited] = useState<Edited<Entry<Name>> | null>(null);
  const refresh = () => void client.invalidateQueries({ queryKey: ["settings"] });
  const saving = useMutation({
    mutationFn: ({ list }: { list: readonly Entry<Name>[]; said: string }) => saveSettings({ [name]: list }, version),
    networkMode: "always",
    onSuccess: (saved, { said }) => {
      adoptSettings(client, saved);
      offerUndo(said, { eventId: saved.event_id, undone, onTried: refresh });
      setEdited(null);
    },
    onError: refresh,
  });
  return {
    entries,
    /** What the dialog is open on. */
    edited,
    /** Changed or removed by somebody else while the dialog is open: what would be saved is not what it was opened on. */
    isMoved: edited !== null && edited !== "new" && !entries.includes(edited),
    error: saving.error,
    isSaving: saving.isPending,
    edit(entry: Edited<Entry<Name>>) {
      saving.reset();
      setEdited(entry);
    },
    close: () => setEdited(null),
    put(from: Edited<Entry<Name>>, to: Entry<Name>, said: string) {
      const list = from === "new" ? [...entries, to] : entries.map((entry) => (entry === from ? to : entry));
      saving.mutate({ list, said });
    },
    remove(from: Entry<Name>, said: string) {
      saving.mutate({ list: entries.filter((entry) => entry !== from), said });
    },
  };
}
