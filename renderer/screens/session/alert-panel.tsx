import type { SimilarAlert } from "../../../shared/alert.ts";
import type { VerdictSummary } from "../../../shared/verdict.ts";
import type { AlertDetail } from "../../queries/alerts.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { SeverityBadge, StatusBadge } from "../../ui/alert-badges.tsx";
import { VerdictBadge } from "../../ui/badge.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatInstant, formatPlural, formatScore } from "../../view/format.ts";
import { placeHash } from "../../view/place.ts";
import { AlertHistory } from "./alert-history.tsx";
import { AlertNotes } from "./alert-notes.tsx";
import { RelatedAlerts } from "./related-alerts.tsx";

function Session({ session, isShown }: { session: VerdictSummary; isShown: boolean }) {
  const zone = useTimeZone();
  return (
    <li>
      <a
        href={placeHash({ screen: "session", id: session.id, tab: "requests" })}
        aria-current={isShown ? "true" : undefined}
        className={`flex h-9 items-center gap-3 px-4 text-xs ${isShown ? "bg-selected" : "hover:bg-hover"}`}
      >
        <span className="w-8 font-semibold">{formatScore(session.score)}</span>
        <VerdictBadge verdict={session.verdict} />
        <span className="min-w-0 flex-1 truncate">
          <UntrustedText text={session.payload ?? session.request_line} />
        </span>
        {isShown && <span className="shrink-0 font-medium text-accent">shown</span>}
        <span className="shrink-0 text-ink-2">{formatPlural(session.requests, "request")}</span>
        <span className="shrink-0 text-ink-3">
          {session.started_at === null ? "no clock" : formatInstant(session.started_at, zone)}
        </span>
      </a>
    </li>
  );
}

function likeness({ same_payload, same_explanation }: SimilarAlert): string {
  if (same_payload && same_explanation) return "same payload, same reasons";
  return same_payload ? "same payload" : "same reasons";
}

function Similar({ similar }: { similar: SimilarAlert }) {
  const { alert } = similar;
  return (
    <li>
      <a
        href={placeHash({ screen: "session", id: alert.verdict_id, tab: "alert" })}
        className="block px-4 py-1.5 text-xs hover:bg-hover"
      >
        <span className="flex items-center gap-2.5">
          <SeverityBadge severity={alert.severity} />
          <StatusBadge alert={alert} />
          <span className="min-w-0 flex-1 truncate text-ink-2">{likeness(similar)}</span>
          <span className="shrink-0 text-ink-3">
            {alert.client === null ? "unknown client" : <UntrustedText text={alert.client} />}
          </span>
        </span>
        <span className="mt-0.5 block truncate">
          <UntrustedText text={alert.payload ?? alert.request_line} />
        </span>
      </a>
    </li>
  );
}

interface AlertPanelProps {
  readonly detail: AlertDetail;
  readonly verdictId: string;
}

/** What is known and decided about the session's alert. */
export function AlertPanel({ detail, verdictId }: AlertPanelProps) {
  const { alert, sessions, similar } = detail;
  return (
    <section
      aria-label="About the alert"
      tabIndex={0}
      className="grid h-full grid-cols-2 content-start items-start gap-3 overflow-y-auto p-4"
    >
      <div className="space-y-3">
        <AlertNotes detail={detail} />
        <AlertHistory detail={detail} />
      </div>
      <div className="space-y-3">
        <section aria-labelledby="alert-sessions" className="card overflow-clip pb-2">
          <h2 id="alert-sessions" className="px-4 pt-4 text-sm font-semibold">
            Sessions
          </h2>
          <p className="mb-1.5 px-4 text-xs text-ink-2">
            Same client, host, path and day, and the same kind of payload: one decision settles them.
          </p>
          <ul>
            {sessions.map((session) => (
              <Session key={session.id} session={session} isShown={session.id === verdictId} />
            ))}
          </ul>
          {alert.sessions > sessions.length && (
            <p className="px-4 pt-1 text-xs text-ink-3">
              The worst {sessions.length} of {formatPlural(alert.sessions, "session")}.
            </p>
          )}
        </section>
        <section aria-labelledby="alert-similar" className="card overflow-clip pb-2">
          <h2 id="alert-similar" className="px-4 pt-4 text-sm font-semibold">
            Similar alerts
          </h2>
          <p className="mb-1.5 px-4 text-xs text-ink-2">
            {similar.length === 0 ? "None so far." : "And what was decided about them, the most alike first."}
          </p>
          <ul className="empty:hidden">
            {similar.map((each) => (
              <Similar key={each.alert.id} similar={each} />
            ))}
          </ul>
        </section>
        <RelatedAlerts alert={alert} />
      </div>
    </section>
  );
}
