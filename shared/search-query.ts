import { payloadClasses } from "./payload.ts";
import { defineQueryLanguage, queryTimes } from "./query-fields.ts";
import { parseQuery, type QueryProblem, type QueryTerm } from "./query-language.ts";
import { verdictKinds } from "./verdict.ts";

/** What requests can be searched by; text is looked for in host, path and query, client, user agent and flagged payloads. */
export const searchLanguage = defineQueryLanguage([
  {
    name: "is",
    aliases: [],
    takes: "choice",
    apart: true,
    holds: "how the request was judged, or whether it is watched",
    values: ["flagged", "benign", "watched"],
    meanings: { flagged: "a value of it was judged an attack", benign: "none was", watched: "it meets a watch" },
    example: "is:benign",
  },
  {
    name: "verdict",
    aliases: [],
    takes: "choice",
    holds: "verdict of its session",
    values: verdictKinds,
    example: "verdict:tag,simulate",
  },
  {
    name: "score",
    aliases: [],
    takes: "number",
    largest: 1,
    holds: "score of its session, 0 to 1",
    example: "score>=0.4",
  },
  {
    name: "class",
    aliases: [],
    takes: "choice",
    holds: "class that its worst value was judged to be",
    values: payloadClasses,
    example: "class:xss",
  },
  {
    name: "family",
    aliases: [],
    takes: "word",
    lower: true,
    holds: "family of a flagged payload, finer than its class",
    example: "family:ssti",
  },
  {
    name: "client",
    aliases: ["ip"],
    takes: "word_or_prefix",
    holds: "address of the client, or how it begins",
    example: "client:10.0.*",
  },
  {
    name: "agent",
    aliases: ["ua"],
    takes: "substring",
    holds: "part of the user agent",
    example: "agent:sqlmap",
  },
  {
    name: "host",
    aliases: [],
    takes: "word_or_prefix",
    holds: "host that was asked, or how it begins",
    example: "host:shop.example",
  },
  { name: "path", aliases: [], takes: "prefix", holds: "how the path begins", example: "path:/login" },
  { name: "method", aliases: [], takes: "word", holds: "method of the request", example: "method:POST" },
  {
    name: "status",
    aliases: [],
    takes: "number",
    whole: true,
    holds: "status of the response; can be compared",
    example: "status>=500",
  },
  {
    name: "param",
    aliases: [],
    takes: "word",
    holds: "name of a parameter in the query, or of a flagged payload wherever it stood",
    example: "param:id",
  },
  {
    name: "payload",
    aliases: [],
    takes: "substring",
    holds: "part of a flagged payload, as it was sent or decoded",
    example: 'payload:"alert("',
  },
  { name: "evidence", aliases: [], takes: "word", holds: "id of the evidence", example: "evidence:0198a2" },
  {
    name: "scan",
    aliases: [],
    takes: "word",
    holds: "what a search through headers and bodies found",
    example: "scan:0198a2",
  },
  {
    name: "after",
    aliases: ["since"],
    takes: "time",
    holds: "it was sent then or later",
    ...queryTimes,
    example: "after:-24h",
  },
  {
    name: "before",
    aliases: ["until"],
    takes: "time",
    holds: "it was sent earlier",
    ...queryTimes,
    example: "before:2026-11-20T10:00",
  },
]);

type SearchField = (typeof searchLanguage.fields)[number];

/** One condition on a request. */
export type SearchTerm = QueryTerm<SearchField>;

/** Reads a query for requests, see `parseQuery`. */
export function parseSearchQuery(q: string, now: number): { terms: SearchTerm[]; problems: QueryProblem[] } {
  return parseQuery(searchLanguage, q, now);
}
