import type { Settings } from "../../shared/settings.ts";
import type { SettingsInForce } from "./store/settings.ts";

/** Stands for a secret that is set: sent back unchanged, it leaves the secret as it is. */
export const hiddenSecret = "(kept)";

/** SECURITY: an HMAC secret signs evidence in somebody's name; no screen and no log needs to see it again, nor a token. Public keys stay. */
export function hideSecrets(now: SettingsInForce): SettingsInForce {
  const trusted_keys = now.settings.trusted_keys.map((trusted) =>
    trusted.alg === "hmac-sha256" ? { ...trusted, key: hiddenSecret } : trusted,
  );
  const siem_outputs = now.settings.siem_outputs.map((output) =>
    output.secret === "" ? output : { ...output, secret: hiddenSecret },
  );
  return { ...now, settings: { ...now.settings, trusted_keys, siem_outputs } };
}

type SettingChanges = { readonly [K in keyof Settings]?: Settings[K] | undefined };

/** Changes as a screen sent them, with the secrets that it was not shown put back. */
export function restoreSecrets(changes: SettingChanges, now: Settings): SettingChanges {
  return {
    ...changes,
    ...(changes.trusted_keys === undefined ? {} : { trusted_keys: restoreKeys(changes.trusted_keys, now) }),
    ...(changes.siem_outputs === undefined ? {} : { siem_outputs: restoreTokens(changes.siem_outputs, now) }),
  };
}

function restoreKeys(keys: Settings["trusted_keys"], now: Settings): Settings["trusted_keys"] {
  const known = new Map(now.trusted_keys.map((trusted) => [`${trusted.alg} ${trusted.key_id}`, trusted.key]));
  return keys.map((trusted) =>
    trusted.key === hiddenSecret ? { ...trusted, key: known.get(`${trusted.alg} ${trusted.key_id}`) ?? "" } : trusted,
  );
}

/** SECURITY: a token is put back for the place that it was given for; else a new address would be a way to read it. */
function restoreTokens(outputs: Settings["siem_outputs"], now: Settings): Settings["siem_outputs"] {
  const placeOf = ({ name, format, address }: Settings["siem_outputs"][number]) =>
    JSON.stringify([name, format, address]);
  const known = new Map(now.siem_outputs.map((output) => [placeOf(output), output.secret]));
  return outputs.map((output) =>
    output.secret === hiddenSecret ? { ...output, secret: known.get(placeOf(output)) ?? "" } : output,
  );
}
