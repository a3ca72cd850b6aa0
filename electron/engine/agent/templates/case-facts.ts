import type { z } from "zod";
import type { Case, getCase } from "../../../../shared/case.ts";
import { type Facts, moment, plural, quote, tally, words, writeMail } from "./facts.ts";

type WholeCase = z.infer<typeof getCase.output>;

const mostTold = 10;

function count(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function ending({ status, outcome, assignee }: Case): string {
  const by = assignee === null ? "assigned to nobody" : `assigned to ${assignee}`;
  return status === "open" ? `open, ${by}` : `closed as ${words(outcome ?? "closed")}, ${by}`;
}

export function factsOfCase({ case: one, alerts, items, observables, timeline }: WholeCase): Facts {
  const tasks = items.filter((item) => item.kind === "task");
  const notes = items.filter((item) => item.kind === "note");
  const told = timeline.filter(({ kind, text }) => kind === "entry" && text !== null);
  return {
    title: `Case: ${quote(one.title ?? "(erased)")}, severity ${one.severity}`,
    parts: [
      {
        heading: "What it is about",
        lines: [
          ...(one.summary === null || one.summary === "" ? [] : [quote(one.summary)]),
          `${plural(one.alerts, "alert")} with ${plural(one.sessions, "session")}, first ${moment(one.first_seen)}, last ${moment(one.last_seen)}`,
          `Classes: ${tally(count(alerts.map((alert) => alert.class)))}`,
          `Targets: ${[...new Set(alerts.map(({ host }) => host ?? "unknown"))].slice(0, mostTold).map(quote).join(", ") || "none"}`,
        ],
      },
      { heading: "Assessment", lines: [`By outcome: ${tally(count(alerts.map(({ outcome }) => outcome)))}`] },
      {
        heading: "State",
        lines: [ending(one), `${one.open_alerts} of its alerts open, ${plural(one.open_tasks, "task")} open`],
      },
      {
        heading: "Tasks",
        lines: tasks
          .slice(0, mostTold)
          .map(({ text, done }) => `${done ? "done" : "open"}: ${quote(text ?? "(erased)")}`),
      },
      {
        heading: "Observables",
        lines: observables
          .slice(0, mostTold)
          .map(({ type, value, alerts: seen }) => `${words(type)} ${quote(value)}, in ${plural(seen, "alert")}`),
      },
      { heading: "Timeline", lines: told.slice(0, mostTold).map(({ at, text }) => `${moment(at)}: ${quote(text!)}`) },
      {
        heading: "Notes",
        lines: notes.slice(0, mostTold).map(({ by, text }) => `${by}: ${quote(text ?? "(erased)")}`),
      },
    ],
  };
}

/** SECURITY: as the mail of an alert: nothing that evidence or analysts wrote stands in it. */
export function mailOfCase({ case: one, alerts }: WholeCase): string {
  const classes = [...new Set(alerts.map((alert) => words(alert.class)))].join(", ") || "suspicious activity";
  const done =
    one.status === "closed" ? "We have looked into it and closed the case." : "We are still looking into it.";
  return writeMail(`Security notice: ${classes}`, [
    `We work on an incident with ${plural(one.alerts, "alert")} (${classes}), first seen ${moment(one.first_seen)}, last seen ${moment(one.last_seen)}. ` +
      `We rate the severity as ${one.severity}.`,
    done,
  ]);
}

const titleWords = (title: string | null): Set<string> =>
  new Set((title ?? "").toLowerCase().match(/[\p{L}\p{N}]{4,}/gu) ?? []);

/** Closed cases that share tags or words of the title with this one, the likest first. */
export function similarToCase({ case: one }: WholeCase, past: readonly Case[]): Facts {
  const own = titleWords(one.title);
  const like = past
    .filter(({ id }) => id !== one.id)
    .map((other) => {
      const tags = other.tags.filter((tag) => one.tags.includes(tag));
      const shared = [...titleWords(other.title)].filter((word) => own.has(word));
      return { other, tags, shared, score: 2 * tags.length + shared.length };
    })
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score);
  return {
    title: `Closed cases like ${quote(one.title ?? "(erased)")}`,
    parts: [
      {
        heading: "The cases",
        lines:
          like.length === 0
            ? [`None of ${plural(past.length, "closed case")} shares a tag or a word of the title.`]
            : like.slice(0, mostTold).map(({ other, tags, shared }) => {
                const by = [...tags.map((tag) => `tag ${tag}`), ...shared.map((word) => `word ${quote(word)}`)].join(
                  ", ",
                );
                return `${quote(other.title ?? "(erased)")}, ${ending(other)}: ${by}`;
              }),
      },
    ],
  };
}
