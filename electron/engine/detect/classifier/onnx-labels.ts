import { familyIndex } from "./families.ts";

/** What else people call a family. */
const aliases: Readonly<Record<string, string>> = {
  normal: "benign",
  legitimate: "benign",
  clean: "benign",
  safe: "benign",
  norm: "benign",
  none: "benign",
  sqli: "sql_injection",
  sql: "sql_injection",
  nosqli: "nosql_injection",
  nosql: "nosql_injection",
  ldapi: "ldap_injection",
  ldap: "ldap_injection",
  cross_site_scripting: "xss",
  crlf: "crlf_injection",
  cmdi: "command_injection",
  cmd_injection: "command_injection",
  os_command_injection: "command_injection",
  rce: "command_injection",
  template_injection: "ssti",
  ssi: "ssi_injection",
  jndi: "log4shell",
  lfi: "path_traversal",
  directory_traversal: "path_traversal",
  rfi: "file_inclusion",
  xml_external_entity: "xxe",
};

/** csrf is no property of one value: such an output of a model is left out. */
export const leftOut = -1;

/**
 * The family that each output of a model stands for.
 *
 * @param names the model's own names, in the order of its outputs
 * @returns positions in `families`, `leftOut` for csrf; or what is wrong, in words
 */
export function readLabels(names: readonly string[]): Int32Array | string {
  const indices = new Int32Array(names.length);
  for (const [i, name] of names.entries()) {
    const plain = name
      .trim()
      .toLowerCase()
      .replaceAll(/[\s-]+/g, "_");
    indices[i] = plain === "csrf" ? leftOut : familyIndex(aliases[plain] ?? plain);
    if (plain !== "csrf" && indices[i] === -1) {
      return `id2label names "${name.slice(0, 40)}", which is no payload class; use sql_injection, xss, command_injection, path_traversal, xxe, benign, or a family of these`;
    }
  }
  if (!indices.includes(0)) return "id2label names no benign class";
  if (!indices.some((index) => index > 0)) return "id2label names no attack class";
  return indices;
}
