import { z } from "zod";

/** Numbers of CAPEC and CWE, and techniques of MITRE ATT&CK, that name what an attack is. */
export const AttackIds = z.object({
  capec: z.array(z.number().int()),
  cwe: z.array(z.number().int()),
  attack: z.array(z.string()),
});
export type AttackIds = z.infer<typeof AttackIds>;

/**
 * By family, or class where there is none finer. csrf: ATT&CK has no technique for it.
 * Source: CAPEC 3.9, CWE 4.15, MITRE ATT&CK 15 (Enterprise).
 */
const table: Readonly<Record<string, AttackIds>> = {
  sql_injection: { capec: [66, 7], cwe: [89], attack: ["T1190"] },
  nosql_injection: { capec: [676], cwe: [943], attack: ["T1190"] },
  ldap_injection: { capec: [136], cwe: [90], attack: ["T1190"] },
  xss: { capec: [63, 588], cwe: [79], attack: ["T1059.007", "T1189"] },
  crlf_injection: { capec: [34, 105], cwe: [93, 113], attack: ["T1190"] },
  command_injection: { capec: [88], cwe: [78], attack: ["T1059", "T1190"] },
  code_injection: { capec: [242], cwe: [94, 95], attack: ["T1059", "T1190"] },
  ssti: { capec: [242], cwe: [1336], attack: ["T1190"] },
  ssi_injection: { capec: [101], cwe: [97], attack: ["T1190"] },
  log4shell: { capec: [248], cwe: [917, 502], attack: ["T1190", "T1203"] },
  deserialization: { capec: [586], cwe: [502], attack: ["T1190"] },
  path_traversal: { capec: [126], cwe: [22], attack: ["T1083", "T1190"] },
  file_inclusion: { capec: [252, 193], cwe: [98], attack: ["T1190"] },
  ssrf: { capec: [664], cwe: [918], attack: ["T1190"] },
  xxe: { capec: [221, 201], cwe: [611, 776], attack: ["T1190"] },
  csrf: { capec: [62], cwe: [352], attack: [] },
};

/** @returns null for benign, and for a name that nobody knows */
export function attackIdsOf(kind: {
  readonly class: string;
  readonly family?: string | null | undefined;
}): AttackIds | null {
  const name = kind.family ?? kind.class;
  if (Object.hasOwn(table, name)) return table[name]!;
  return Object.hasOwn(table, kind.class) ? table[kind.class]! : null;
}

/** `CAPEC-66, CAPEC-7, CWE-89, T1190`. */
export function writeAttackIds({ capec, cwe, attack }: AttackIds): string {
  return [...capec.map((number) => `CAPEC-${number}`), ...cwe.map((number) => `CWE-${number}`), ...attack].join(", ");
}
