import { type AlertTerm, parseAlertQuery } from "./alert-query.ts";
import { formatTerm, formatText } from "./query-complete.ts";
import { parseSearchQuery } from "./search-query.ts";

/**
 * What a watch asks of alerts, asked of requests: those of benign sessions and of long ago included. A watched value is looked for as text,
 * since what nobody flagged is no payload.
 *
 * @param q a query of the alert queue; what is wrong in it is left out
 * @param now ms since 1970
 * @returns a query of the search; null: it asks for something that only alerts have
 */
export function watchedTraffic(q: string, now: number): string | null {
  const terms = parseAlertQuery(q, now).terms.map((term) => ofRequests(term, q));
  if (terms.length === 0 || terms.includes(null)) return null;
  const asked = terms.join(" ");
  // With escapes it may be too long, or ask for nothing: one that cannot be asked would stop whatever reads the watches.
  return parseSearchQuery(asked, now).problems.length === 0 ? asked : null;
}

function ofRequests(term: AlertTerm, q: string): string | null {
  const written = q.slice(term.start, term.end);
  const sign = term.negated ? "-" : "";
  // What is text to the queue may name a field of the search: "method:POST".
  if (term.kind === "text") return sign + formatText(term.text);
  if (term.kind !== "match") return term.field === "score" ? written : null;
  const texts = term.values.map(({ text }) => text);
  const [only] = texts;
  switch (term.field) {
    case "client":
    case "host":
    case "path":
    case "family":
    case "evidence":
      return written;
    case "class":
      // Of alerts it says that the behaviour alone was flagged.
      return texts.includes("benign") ? null : written;
    case "payload":
      return only !== undefined && texts.length === 1 ? sign + formatText(only) : written;
    case "param":
      // Alerts have the place before the name: "query id".
      return only !== undefined && texts.length === 1
        ? sign + formatTerm("param", only.slice(only.lastIndexOf(" ") + 1))
        : null;
    default:
      return null;
  }
}
