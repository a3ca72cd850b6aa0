import { expect, test } from "vitest";
import { defaultSettings } from "../../shared/settings.ts";
import { hiddenSecret, hideSecrets, restoreSecrets } from "./setting-secrets.ts";

const settings = {
  ...defaultSettings,
  trusted_keys: [
    { key_id: "lab", alg: "hmac-sha256" as const, key: "c2VjcmV0" },
    { key_id: "partner", alg: "ed25519" as const, key: "cHVibGlj" },
  ],
};

test("a shared secret is not shown, a public key is", () => {
  const shown = hideSecrets({ settings, version: 1 });
  expect(JSON.stringify(shown)).not.toContain("c2VjcmV0");
  expect(shown.settings.trusted_keys.map(({ key }) => key)).toEqual([hiddenSecret, "cHVibGlj"]);
});

test("keys sent back as they were shown stay as they are; new ones are taken", () => {
  const shown = hideSecrets({ settings, version: 1 }).settings.trusted_keys;
  const added = { key_id: "new", alg: "hmac-sha256" as const, key: "bmV3" };
  expect(restoreSecrets({ trusted_keys: [...shown, added] }, settings).trusted_keys).toEqual([
    ...settings.trusted_keys,
    added,
  ]);
});

test("a hidden secret under another name is not taken over", () => {
  const renamed = { key_id: "other", alg: "hmac-sha256" as const, key: hiddenSecret };
  expect(restoreSecrets({ trusted_keys: [renamed] }, settings).trusted_keys).toEqual([{ ...renamed, key: "" }]);
});

test("the token of another system is not shown, and kept for its own address alone", () => {
  const output = {
    ...{ name: "soc", format: "splunk_hec" as const, address: "https://siem.example", secret: "dG9rZW4" },
    ...{ min_severity: "low" as const, on: true },
  };
  const now = { ...settings, siem_outputs: [output] };
  const [shown] = hideSecrets({ settings: now, version: 1 }).settings.siem_outputs;
  expect(shown).toEqual({ ...output, secret: hiddenSecret });
  const restored = (more: object) => restoreSecrets({ siem_outputs: [{ ...shown!, ...more }] }, now).siem_outputs;
  expect(restored({ min_severity: "high", on: false })).toEqual([{ ...output, min_severity: "high", on: false }]);
  for (const more of [{ address: "https://elsewhere.example" }, { name: "other" }, { format: "ecs" }]) {
    expect(restored(more)).toEqual([{ ...output, ...more, secret: "" }]);
  }
});

test("other changes pass as they are", () => {
  expect(restoreSecrets({ tag_threshold: 0.6 }, settings)).toEqual({ tag_threshold: 0.6 });
});
