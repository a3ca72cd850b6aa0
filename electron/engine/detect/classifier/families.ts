import type { PayloadClass } from "../../../../shared/payload.ts";

/**
 * What the model tells apart, finer than the seven classes of the contract, in the order of its outputs. `class` is the nearest of
 * the seven. csrf is no property of one value and has no family. Ids: CAPEC 3.9, CWE 4.15, MITRE ATT&CK 15 (Enterprise).
 */
export const families = [
  { name: "benign", class: "benign", capec: [], cwe: [], attack: [] },
  { name: "sql_injection", class: "sql_injection", capec: [66, 7], cwe: [89], attack: ["T1190"] },
  { name: "nosql_injection", class: "sql_injection", capec: [676], cwe: [943], attack: ["T1190"] },
  { name: "ldap_injection", class: "sql_injection", capec: [136], cwe: [90], attack: ["T1190"] },
  { name: "xss", class: "xss", capec: [63, 588], cwe: [79], attack: ["T1059.007", "T1189"] },
  { name: "crlf_injection", class: "xss", capec: [34, 105], cwe: [93, 113], attack: ["T1190"] },
  { name: "command_injection", class: "command_injection", capec: [88], cwe: [78], attack: ["T1059", "T1190"] },
  { name: "code_injection", class: "command_injection", capec: [242], cwe: [94, 95], attack: ["T1059", "T1190"] },
  { name: "ssti", class: "command_injection", capec: [242], cwe: [1336], attack: ["T1190"] },
  { name: "ssi_injection", class: "command_injection", capec: [101], cwe: [97], attack: ["T1190"] },
  { name: "log4shell", class: "command_injection", capec: [248], cwe: [917, 502], attack: ["T1190", "T1203"] },
  { name: "deserialization", class: "command_injection", capec: [586], cwe: [502], attack: ["T1190"] },
  { name: "path_traversal", class: "path_traversal", capec: [126], cwe: [22], attack: ["T1083", "T1190"] },
  { name: "file_inclusion", class: "path_traversal", capec: [252, 193], cwe: [98], attack: ["T1190"] },
  { name: "ssrf", class: "path_traversal", capec: [664], cwe: [918], attack: ["T1190"] },
  { name: "xxe", class: "xxe", capec: [221, 201], cwe: [611, 776], attack: ["T1190"] },
] as const satisfies readonly {
  name: string;
  class: PayloadClass;
  capec: readonly number[];
  cwe: readonly number[];
  attack: readonly string[];
}[];

export type Family = (typeof families)[number]["name"];

export const familyCount = families.length;
export const benignFamily = 0;

/** @returns position in `families`, or -1 for a name that is none */
export function familyIndex(name: string): number {
  return families.findIndex((family) => family.name === name);
}
