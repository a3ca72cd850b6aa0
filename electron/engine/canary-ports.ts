import type { Approval, decideApproval } from "../../shared/approval.ts";
import type { Input } from "../../shared/route.ts";
import type { Approvals } from "./approve/approvals.ts";
import type { Clock } from "./base/clock.ts";
import type { Logger } from "./base/logging.ts";
import type { Principal } from "./base/principals.ts";
import type { SessionTrials } from "./detect/analysis/analyse-task.ts";
import type { DeployedPayload } from "./detect/serving/deployed-payload.ts";
import type { Engine } from "./engine-interface.ts";
import type { TrialLimits } from "./learn/canary/trial.ts";
import type { Standing } from "./step-approvals.ts";
import type { EventDraft, StoreHost } from "./store/store.ts";

/** The registry, what decides, and who agrees, as far as a trial needs them. */
export interface CanaryPorts {
  readonly store: Pick<StoreHost, "read" | "write" | "append" | "onAppended">;
  readonly clock: Clock;
  readonly nodeId: string;
  readonly approvals: Approvals;
  /** Whether a panic holds the response. */
  readonly isHeld: () => Promise<boolean>;
  readonly log: Logger;
  /** A registered model whose gates let it decide. @throws SentinelError NOT_FOUND, GATES_FAILED */
  readonly candidate: (id: string) => Promise<DeployedPayload>;
  /** What decides now. */
  readonly champion: () => Promise<DeployedPayload>;
  /** The setting `payload_model` as it is. */
  readonly choice: () => Promise<string>;
  /** How the setting names a registered model. */
  readonly choiceOf: (id: string) => string;
  /** Changes that setting, and waits until that model decides. @param along gives events of the same transaction, right before it */
  readonly choose: (choice: string, by: Principal, along?: () => Promise<readonly EventDraft[]>) => Promise<unknown>;
  /** @throws SentinelError NOT_FOUND */
  readonly standing: (id: string) => Promise<Standing>;
  /** The model that the registry names as the challenger; null: none. */
  readonly challenger: () => Promise<string | null>;
  /** Notes in the registry which model is the challenger. */
  readonly nameChallenger: (id: string | null, by: Principal) => Promise<unknown>;
  readonly limits?: TrialLimits;
  readonly onChange: () => void;
}

export interface CanaryRoom {
  readonly operations: Engine["canary"];
  /** The model on trial and its share; null: none, or it cannot be opened any more. */
  challenger(): { readonly payload: DeployedPayload; readonly percent: number } | null;
  /** A word about a step that waits for one: granted, it is taken at once. @throws SentinelError as `Approvals.decide`, CONFLICT */
  decide(input: Input<typeof decideApproval>, by: Principal): Promise<Approval>;
  /** Takes in how it fared in some sessions. */
  hear(trials: SessionTrials | null): void;
  /**
   * Follows the log: at the start, after an undo, and whenever another model decides. What a model may do it hears itself.
   * @param isUndo whether somebody took something back
   */
  follow(isUndo?: boolean): Promise<void>;
  /** The model that is on trial; null: none. */
  model(): string | null;
  /** Takes the model on trial out, because it cannot be used: what decides goes on alone. */
  fail(problem: string): void;
  close(): Promise<void>;
}
