import type { PayloadClass } from "../../../../shared/payload.ts";

/**
 * What the model tells apart, finer than the seven classes of the contract, in the order of its outputs. `class` is the nearest of
 * the seven. csrf is no property of one value and has no family. Their ids: `shared/attack-ids.ts`.
 */
export const families = [
  { name: "benign", class: "benign" },
  { name: "sql_injection", class: "sql_injection" },
  { name: "nosql_injection", class: "sql_injection" },
  { name: "ldap_injection", class: "sql_injection" },
  { name: "xss", class: "xss" },
  { name: "crlf_injection", class: "xss" },
  { name: "command_injection", class: "command_injection" },
  { name: "code_injection", class: "command_injection" },
  { name: "ssti", class: "command_injection" },
  { name: "ssi_injection", class: "command_injection" },
  { name: "log4shell", class: "command_injection" },
  { name: "deserialization", class: "command_injection" },
  { name: "path_traversal", class: "path_traversal" },
  { name: "file_inclusion", class: "path_traversal" },
  { name: "ssrf", class: "path_traversal" },
  { name: "xxe", class: "xxe" },
] as const satisfies readonly {
  name: string;
  class: PayloadClass;
}[];

export type Family = (typeof families)[number]["name"];

export const familyCount = families.length;
export const benignFamily = 0;

/** @returns position in `families`, or -1 for a name that is none */
export function familyIndex(name: string): number {
  return families.findIndex((family) => family.name === name);
}
