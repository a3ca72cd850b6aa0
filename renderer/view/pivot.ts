import type { Alert } from "../../shared/alert.ts";
import { formatTerm } from "../../shared/query-complete.ts";
import type { FoundRequest } from "../../shared/search.ts";
import type { PayloadFinding } from "../../shared/verdict.ts";

/** A value that may have been seen elsewhere too, and how the search and the queue are asked for it. */
export interface PivotValue {
  readonly label: string;
  readonly text: string;
  /** Query of the search. */
  readonly requests: string;
  /** Query of the queue; null: alerts do not tell it. */
  readonly alerts: string | null;
}

/** Characters of a payload that are looked for: of longer ones alerts hold only the beginning. */
const longestPayload = 150;
/** Payloads of one request that are offered. */
const mostPayloads = 5;

interface Where {
  readonly client: string | null;
  readonly host: string | null;
  /** Path, with or without its query. */
  readonly target: string | null;
}

/** A star at its end would ask for a prefix: such a value is looked for as text. */
const isAskable = (text: string | null): text is string => text !== null && text !== "" && !text.includes("*");

function placesOf({ client, host, target }: Where): PivotValue[] {
  const path = target?.split("?", 1)[0] ?? null;
  const asTerm = (field: string, label: string, text: string | null): PivotValue[] =>
    isAskable(text) ? [{ label, text, requests: formatTerm(field, text), alerts: formatTerm(field, text) }] : [];
  return [
    ...asTerm("client", "Client", client),
    ...asTerm("host", "Host", host),
    ...(isAskable(path) && path.startsWith("/") ? asTerm("path", "Path, and below", path) : []),
  ];
}

function payloadOf(text: string): PivotValue {
  const sought = [...text].slice(0, longestPayload).join("");
  const query = formatTerm("payload", sought);
  return { label: "Payload", text: sought, requests: query, alerts: query };
}

const byQuery = (values: readonly PivotValue[]) => [
  ...new Map(values.map((value) => [value.requests, value])).values(),
];

/**
 * The values of a request that lead elsewhere.
 * @param text the request as shown, for its user agent
 */
export function valuesOfRequest(where: Where, text: string, findings: readonly PayloadFinding[]): PivotValue[] {
  const agent = /^user-agent:[ \t]*([^\r\n]+)/im.exec(text.split("\r\n\r\n", 1)[0] ?? "")?.[1];
  const attacks = findings.filter(({ prediction }) => prediction.class !== "benign").slice(0, mostPayloads);
  return byQuery([
    ...placesOf(where),
    ...(agent === undefined
      ? []
      : [{ label: "User agent", text: agent, requests: formatTerm("agent", agent), alerts: null }]),
    ...attacks.flatMap(({ name, canonical }) => [
      ...(isAskable(name)
        ? [{ label: "Parameter", text: name, requests: formatTerm("param", name), alerts: formatTerm("param", name) }]
        : []),
      ...(canonical === "" ? [] : [payloadOf(canonical)]),
    ]),
  ]);
}

/** The values of a request that a search found: its payloads are told by its session. */
export function valuesOfFound({ client, host, target }: FoundRequest): PivotValue[] {
  return byQuery(placesOf({ client, host, target }));
}

/** The values of an alert that lead elsewhere. */
export function valuesOfAlert(alert: Alert): PivotValue[] {
  const target = alert.request_line.slice(alert.request_line.indexOf(" ") + 1);
  return byQuery([
    ...placesOf({ client: alert.client, host: alert.host, target }),
    ...(alert.payload === null || alert.payload === "" ? [] : [payloadOf(alert.payload)]),
  ]);
}
