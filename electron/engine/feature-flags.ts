import { type FlagState, flagNames } from "../../shared/feature-flags.ts";
import type { Settings } from "../../shared/settings.ts";
import { isInShare } from "./base/share.ts";
import { sessionFlags } from "./detect/analysis/session-flags.ts";
import { countFlagWays } from "./detect/verdicts/flag-ways.ts";
import { allRules } from "./respond/rules/rule-state.ts";
import { settingChangedAt } from "./store/settings.ts";
import type { ReadableStore } from "./store/store.ts";

/** Tells what each feature flag did since its share was last changed. */
export function createFeatureFlags(options: {
  readonly store: ReadableStore;
  readonly settings: () => Promise<Settings>;
}): () => Promise<FlagState[]> {
  const { store } = options;

  /** Rules that the policy has decided about, by what it says of them now. */
  async function ruleWays(share: number): Promise<NonNullable<FlagState["ways"]>> {
    const ways = { with: { apply: 0, propose: 0, log_only: 0 }, without: { apply: 0, propose: 0, log_only: 0 } };
    for (const { id, record } of await store.read(allRules, null)) {
      if (record.decision === null) continue;
      ways[isInShare("flag_rule_auto_apply", id, share) ? "with" : "without"][record.decision.policy]++;
    }
    return ways;
  }

  return async () => {
    const settings = await options.settings();
    return await Promise.all(
      flagNames.map(async (name) => {
        const share = settings[name];
        const changed_at = await store.read(settingChangedAt, name);
        if (changed_at === null) return { name, share, changed_at, ways: null };
        const flag = sessionFlags.find((one) => one === name);
        const ways =
          flag === undefined
            ? await ruleWays(share)
            : await store.read(countFlagWays, { flag, since: Date.parse(changed_at) });
        return { name, share, changed_at, ways };
      }),
    );
  };
}
