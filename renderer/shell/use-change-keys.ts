import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { bindKeys, type KeyChoices } from "../../shared/key-bindings.ts";
import { refusalInWords } from "../queries/client.ts";
import { adoptSettings, type SettingsInForce, saveSettings, settingsQuery } from "../queries/settings.ts";
import { offerUndo } from "../ui/offer-undo.ts";
import { notify } from "../ui/toast.tsx";
import { useKeysInForce } from "../view/keys-in-force.ts";

const usual: KeyChoices = {};

/** The keys that were changed, and whether keys without Ctrl and Alt act. */
export function useKeyChoices(): { readonly choices: KeyChoices; readonly withSingle: boolean } {
  const settings = useQuery(settingsQuery()).data?.settings;
  return { choices: settings?.keys ?? usual, withSingle: settings?.single_keys !== "off" };
}

/** Puts the keys of the settings into force, whichever window changed them. */
export function useKeysOfSettings(): void {
  const { choices, withSingle } = useKeyChoices();
  useEffect(() => useKeysInForce.setState({ bindings: bindKeys(choices, withSingle) }), [choices, withSingle]);
}

interface KeyChange {
  readonly changes: Partial<Pick<SettingsInForce["settings"], "keys" | "single_keys">>;
  /** What is said once it is done. */
  readonly done: string;
}

/** Saves a change of keys as a change of the settings, so that it can be undone and every window follows. */
export function useChangeKeys() {
  const client = useQueryClient();
  const refresh = () => void client.invalidateQueries({ queryKey: settingsQuery().queryKey });
  return useMutation({
    mutationFn: async ({ changes }: KeyChange) => {
      const { version } = await client.ensureQueryData(settingsQuery());
      return saveSettings(changes, version);
    },
    onSuccess: (saved, { done }) => {
      adoptSettings(client, saved);
      offerUndo(done, { eventId: saved.event_id, undone: "The keys are as they were.", onTried: refresh });
    },
    onError: (error) => {
      refresh();
      notify(`The keys stay as they are: ${refusalInWords(error)}`, { tone: "danger" });
    },
  });
}
