import type { Settings } from "../../shared/settings.ts";
import type { SettingsInForce } from "./store/settings.ts";

/** Stands for a secret that is set: sent back unchanged, it leaves the secret as it is. */
export const hiddenSecret = "(kept)";

/** SECURITY: an HMAC secret signs evidence in somebody's name; no screen and no log needs to see it again. Public keys stay. */
export function hideSecrets(now: SettingsInForce): SettingsInForce {
  const trusted_keys = now.settings.trusted_keys.map((trusted) =>
    trusted.alg === "hmac-sha256" ? { ...trusted, key: hiddenSecret } : trusted,
  );
  return { ...now, settings: { ...now.settings, trusted_keys } };
}

type SettingChanges = { readonly [K in keyof Settings]?: Settings[K] | undefined };

/** Changes as a screen sent them, with the secrets that it was not shown put back. */
export function restoreSecrets(changes: SettingChanges, now: Settings): SettingChanges {
  if (changes.trusted_keys === undefined) return changes;
  const known = new Map(now.trusted_keys.map((trusted) => [`${trusted.alg} ${trusted.key_id}`, trusted.key]));
  const trusted_keys = changes.trusted_keys.map((trusted) =>
    trusted.key === hiddenSecret ? { ...trusted, key: known.get(`${trusted.alg} ${trusted.key_id}`) ?? "" } : trusted,
  );
  return { ...changes, trusted_keys };
}
