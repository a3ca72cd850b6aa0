import { SentinelError } from "../../shared/errors.ts";
import type { PrivacyBudget } from "../../shared/federation.ts";
import type { Settings } from "../../shared/settings.ts";
import { spentBudget } from "./learn/federated/federated-tables.ts";
import { epsilonOf, rhoOf } from "./learn/federated/privacy-cost.ts";
import type { Store } from "./store/store.ts";

/**
 * What all updates of this engine together may tell of one group of rows. One budget for all of them: versions of the dataset hold the same
 * rows, and so do updates of different base models.
 */
export function createPrivacyBudget(store: Store, settings: () => Promise<Settings>) {
  async function read() {
    const { federated_epsilon: epsilon, federated_delta: delta } = await settings();
    const spent = await store.read(spentBudget, null);
    const total = epsilon === 0 ? 0 : rhoOf(epsilon, delta);
    return { epsilon, delta, total, spent };
  }

  return {
    async state(): Promise<PrivacyBudget> {
      const { epsilon, delta, total, spent } = await read();
      return {
        epsilon,
        delta,
        spent: epsilonOf(spent.rho, delta),
        left: epsilonOf(Math.max(0, total - spent.rho), delta),
        updates: spent.updates,
      };
    },
    /**
     * @param epsilon of one more update
     * @returns what it may cost as zCDP, and the version of the budget to spend it from
     * @throws SentinelError PRIVACY_BUDGET_SPENT saying what is left
     */
    async require(epsilon: number): Promise<{ rho: number; delta: number; version: number }> {
      const { epsilon: whole, delta, total, spent } = await read();
      const rho = rhoOf(epsilon, delta);
      // SECURITY: what was told cannot be taken back, so the bound on all of it is asked before anything is.
      if (spent.rho + rho > total * (1 + 1e-9)) {
        const left = epsilonOf(Math.max(0, total - spent.rho), delta);
        throw new SentinelError(
          "PRIVACY_BUDGET_SPENT",
          `An update of ε ${toDigits(epsilon)} does not fit into the privacy budget: of ${whole}, ${toDigits(epsilonOf(spent.rho, delta))} is spent, and one more update may have ${toDigits(left)} at most.`,
          { left },
        );
      }
      return { rho, delta, version: spent.version };
    },
  };
}

function toDigits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
