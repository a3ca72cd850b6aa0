import { useQuery } from "@tanstack/react-query";
import { UserRound } from "lucide-react";
import type { Role } from "../../shared/route.ts";
import { callerQuery } from "../queries/network.ts";
import { UntrustedText } from "../ui/untrusted-text.tsx";

const allowed: Readonly<Record<Exclude<Role, "admin">, string>> = {
  viewer: "You may look at everything; what changes something is for analysts, approvers and admins",
  analyst: "You may triage, label and propose; approvals are for approvers, the engine's own settings for admins",
  approver: "You may triage, label and approve; the engine's own settings are for admins",
};

/** Who this window is open for and what they may do, where that is not everything. */
export function RoleMark() {
  const caller = useQuery(callerQuery()).data;
  if (caller === undefined || caller.role === "admin") return null;
  return (
    <span
      title={`${allowed[caller.role]}.`}
      className="flex h-6 max-w-44 items-center gap-1.5 rounded-full bg-sunken px-2.5 text-xs font-medium text-ink-2"
    >
      <UserRound size={13} aria-hidden="true" className="shrink-0" />
      <span className="truncate">
        <UntrustedText text={caller.name} />
      </span>
      <span className="shrink-0">· {caller.role}</span>
    </span>
  );
}
