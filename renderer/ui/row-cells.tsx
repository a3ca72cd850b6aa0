import type { ReactNode } from "react";
import { visibleWords } from "../../shared/visible-text.ts";
import { nameEngine } from "../view/engine-name.ts";
import { visibleText } from "./untrusted-text.tsx";

// Cells that verdicts and alerts have in common. Plain functions and no components: rows show other items many times a second
// while a list scrolls, and each component would cost there.

interface AttackRow {
  readonly payload: string | null;
  readonly payload_place: string | null;
  readonly request_line: string;
  readonly client: string | null;
  readonly judged_by: string | null;
}

/** The worst payload, behind the place where it stood. */
export function payloadCell({ payload, payload_place }: AttackRow): ReactNode {
  return (
    <div role="gridcell" className={payload === null ? "text-ink-3" : "untrusted text-xs"}>
      {payload === null ? (
        "No payload"
      ) : (
        <>
          {payload_place !== null && <span className="untrusted mr-1.5 text-ink-3">{visibleText(payload_place)}</span>}
          {visibleText(payload)}
        </>
      )}
    </div>
  );
}

export function requestCell({ request_line, judged_by }: AttackRow): ReactNode {
  return (
    <div role="gridcell" className="untrusted text-xs text-ink-2">
      {judged_by !== null && (
        <span
          className="mr-1.5 font-sans font-medium text-ink-3"
          title={`Judged by the fleet's engine ${visibleWords(judged_by)}`}
        >
          fleet {nameEngine(judged_by)}
        </span>
      )}
      {visibleText(request_line)}
    </div>
  );
}

export function clientCell({ client }: AttackRow): ReactNode {
  return (
    <div role="gridcell" className={`text-xs ${client === null ? "text-ink-3" : "untrusted text-ink-2"}`}>
      {client === null ? "unknown" : visibleText(client)}
    </div>
  );
}
