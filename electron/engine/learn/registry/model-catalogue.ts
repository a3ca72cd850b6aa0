import type { ModelEvaluation } from "../../../../shared/model-figures.ts";
import type { Principal } from "../../base/principals.ts";
import type { Registered } from "./model-state.ts";

/** A model as a catalogue has it. */
export interface CatalogueEntry extends Registered {
  /** Engine that told of it first. */
  readonly nodeId: string;
  readonly registeredAt: string;
  /** The last one of each engine that judged it. */
  readonly evaluations: readonly { readonly nodeId: string; readonly evaluation: ModelEvaluation }[];
  readonly withdrawn: boolean;
  /** Counts its changes. */
  readonly version: number;
}

/** The model that has an alias now; `from` of the next change. */
export interface CatalogueAlias {
  readonly modelId: string | null;
  /** Who set it, and when; null: nobody did. */
  readonly set: { readonly nodeId: string; readonly at: string } | null;
}

/**
 * Metadata of registered models, what became of them at their gates, and which of them has which alias. Each change is one transaction and
 * is written down with who did it; its id is what a change resolves to, null where there was nothing to change.
 *
 * Two implementations, one suite of tests: an engine's own, in its event log, which it works with; and one in PostgreSQL that engines
 * share, which nothing is decided by.
 *
 * @template A its aliases
 */
export interface ModelCatalogue<A extends string> {
  /** By its hash: a model that is there stays as it was first told of; one that was withdrawn comes back. */
  register(registered: Registered, by: Principal): Promise<string | null>;
  /** A model, also one that was withdrawn; null: there never was one. @throws SentinelError DATA_NEWER for one in an unknown form */
  find(id: string): Promise<CatalogueEntry | null>;
  /** Those that were not withdrawn, newest first; `unreadable`: so many more, in a form of another version. */
  list(limit: number): Promise<{ readonly models: CatalogueEntry[]; readonly unreadable: number }>;
  /** Takes the place of this engine's earlier one. @throws SentinelError NOT_FOUND */
  evaluate(id: string, evaluation: ModelEvaluation, by: Principal): Promise<string>;
  /** @throws SentinelError NOT_FOUND; CONFLICT when it was changed since `baseVersion`, or has an alias */
  withdraw(id: string, baseVersion: number, by: Principal): Promise<string>;
  alias(alias: A): Promise<CatalogueAlias>;
  /**
   * Gives an alias from one model to another, of several at once exactly one does.
   * @throws SentinelError CONFLICT when `from` does not have it any more; NOT_FOUND when there is no model `to`
   */
  setAlias(
    alias: A,
    change: { readonly from: string | null; readonly to: string | null },
    by: Principal,
  ): Promise<string>;
}

/** The one that engines share. */
export interface SharedCatalogue extends ModelCatalogue<"champion" | "challenger"> {
  /** `postgres://HOST:PORT/DATABASE`: where it is, as people read it. */
  readonly address: string;
  close(): Promise<void>;
}
