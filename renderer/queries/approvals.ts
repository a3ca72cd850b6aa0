import { queryOptions } from "@tanstack/react-query";
import { decideTaskApproval } from "../../shared/agent-task.ts";
import {
  type ApprovalKind,
  type ApprovalState,
  decideApproval,
  getApproval,
  listApprovals,
} from "../../shared/approval.ts";
import type { Input } from "../../shared/route.ts";
import { call } from "./client.ts";

/** @param isDecided what is over, in place of what waits */
export const approvalsQuery = (isDecided: boolean) =>
  queryOptions({
    queryKey: ["approvals", "list", isDecided],
    queryFn: ({ signal }) => call(listApprovals, { decided: isDecided ? "1" : "0" }, { signal }),
  });

export const approvalQuery = (id: string) =>
  queryOptions({ queryKey: ["approvals", "one", id], queryFn: ({ signal }) => call(getApproval, { id }, { signal }) });

/** A word about what is asked for. What the agent asks is answered where its tasks are; there an analyst's word is enough. @returns the state then */
export async function sendWordOf(kind: ApprovalKind, input: Input<typeof decideApproval>): Promise<ApprovalState> {
  if (kind === "plan" || kind === "tool_call") return (await call(decideTaskApproval, input)).status;
  return (await call(decideApproval, input)).state;
}
