import { expect, test } from "vitest";
import { attackIdsOf, writeAttackIds } from "./attack-ids.ts";

test("the family says more than the class, and one that nobody knows says nothing", () => {
  expect(writeAttackIds(attackIdsOf({ class: "sql_injection" })!)).toBe("CAPEC-66, CAPEC-7, CWE-89, T1190");
  expect(attackIdsOf({ class: "sql_injection", family: "nosql_injection" })).toMatchObject({ cwe: [943] });
  expect(attackIdsOf({ class: "xss", family: "constructor" })).toMatchObject({ cwe: [79] });
  expect(attackIdsOf({ class: "toString" })).toBeNull();
  expect(writeAttackIds(attackIdsOf({ class: "csrf", family: null })!)).toBe("CAPEC-62, CWE-352");
});
