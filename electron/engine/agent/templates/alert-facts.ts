import type { z } from "zod";
import type { getAlert } from "../../../../shared/alert.ts";
import { type Facts, moment, plural, quote, words, writeMail } from "./facts.ts";

type WholeAlert = z.infer<typeof getAlert.output>;

/** Notes and past alerts that are told of. */
const mostTold = 10;

const outcomes: Readonly<Record<WholeAlert["alert"]["outcome"], string>> = {
  succeeded: "The responses show that it worked.",
  likely_succeeded: "The responses suggest that it worked.",
  unclear: "The responses do not show whether it worked.",
  likely_failed: "The responses suggest that it failed.",
  not_available: "Whether it worked cannot be told: there are no responses.",
};

function state({ alert }: WholeAlert): string {
  const by = alert.assignee === null ? "assigned to nobody" : `assigned to ${alert.assignee}`;
  if (alert.status !== "closed") return `${words(alert.status)}, ${by}`;
  return `closed as ${words(alert.reason ?? "closed")}, ${by}`;
}

export function factsOfAlert(whole: WholeAlert): Facts {
  const { alert, case_title, sessions, notes, similar } = whole;
  const family = alert.family === null ? "" : ` (${words(alert.family)})`;
  const closed = similar.filter(({ alert: past }) => past.status === "closed");
  return {
    title: `Alert: ${words(alert.class)}${family} against ${quote(alert.host ?? "an unknown host")}, severity ${alert.severity}`,
    parts: [
      {
        heading: "What happened",
        lines: [
          `${plural(alert.sessions, "session")} from ${quote(alert.client ?? "an unknown client")}, ` +
            `first ${moment(alert.first_seen)}, last ${moment(alert.last_seen)}`,
          `Worst request: ${quote(alert.request_line)}`,
          ...(alert.payload === null ? [] : [`Payload in ${alert.payload_place ?? "it"}: ${quote(alert.payload)}`]),
        ],
      },
      {
        heading: "Assessment",
        lines: [
          `Score ${alert.score.toFixed(2)} of 1`,
          outcomes[alert.outcome],
          ...(sessions.length > 1
            ? [`${plural(sessions.length, "session")} judged: worst ${sessions[0]!.verdict}`]
            : []),
          ...(alert.reopened ? ["A worse session joined it after it was closed or snoozed."] : []),
        ],
      },
      {
        heading: "State",
        lines: [
          state(whole),
          ...(alert.case_id === null ? [] : [`In the case ${quote(case_title ?? alert.case_id)}`]),
          ...(alert.tags.length === 0 ? [] : [`Tags: ${alert.tags.join(", ")}`]),
        ],
      },
      {
        heading: "Notes",
        lines: notes.slice(0, mostTold).map(({ by, at, text }) => `${by}, ${moment(at)}: ${quote(text ?? "(erased)")}`),
      },
      {
        heading: "Similar alerts",
        lines:
          similar.length === 0
            ? ["None is known."]
            : [`${similar.length} known, ${closed.length} of them closed`, ...closed.slice(0, 3).map(pastLine)],
      },
    ],
  };
}

function pastLine({ alert, same_payload, same_explanation }: WholeAlert["similar"][number]): string {
  const like = [...(same_payload ? ["the same payload shape"] : []), ...(same_explanation ? ["the same attack"] : [])];
  const ended = alert.status === "closed" ? `closed as ${words(alert.reason ?? "closed")}` : words(alert.status);
  return `${alert.id.slice(0, 12)}: ${quote(alert.request_line)}, ${moment(alert.last_seen)}, ${ended}${like.length === 0 ? "" : `; ${like.join(", ")}`}`;
}

/** Past alerts like this one, with how they ended. */
export function similarToAlert({ alert, similar }: WholeAlert): Facts {
  const reasons = Map.groupBy(similar, (one) => one.alert.reason ?? one.alert.status);
  return {
    title: `Alerts like this ${words(alert.class)} against ${quote(alert.host ?? "an unknown host")}`,
    parts: [
      {
        heading: "How they ended",
        lines: [...reasons].map(([reason, alerts]) => `${alerts.length} ${words(reason)}`),
      },
      {
        heading: "The alerts",
        lines: similar.length === 0 ? ["None is known."] : similar.slice(0, mostTold).map(pastLine),
      },
    ],
  };
}

/** SECURITY: a mail goes outside: neither payloads nor addresses nor what analysts noted stand in it. */
export function mailOfAlert({ alert }: WholeAlert): string {
  const about = `${words(alert.class)} attempts against your service`;
  const seen =
    alert.first_seen === null ? "recently" : `from ${moment(alert.first_seen)} to ${moment(alert.last_seen)}`;
  const done =
    alert.status === "closed"
      ? "We have looked into it and closed the incident."
      : "We are looking into it and will tell you what we find.";
  return writeMail(`Security notice: ${about}`, [
    `We saw ${about} ${seen}, in ${plural(alert.sessions, "session")}. We rate the severity as ${alert.severity}.`,
    outcomes[alert.outcome],
    done,
  ]);
}
