import type { ApprovalState } from "../../../shared/approval.ts";

export const stateWords: Record<ApprovalState, string> = {
  pending: "Waiting",
  granted: "Approved",
  denied: "Denied",
  used: "Approved and done",
  superseded: "Void: it was changed since",
  withdrawn: "Taken back",
  expired: "Expired",
};
