import { expect, test } from "vitest";
import { attackIdsOf } from "../../../../shared/attack-ids.ts";
import { payloadClasses } from "../../../../shared/payload.ts";
import { families } from "./families.ts";

const kinds = [
  ...payloadClasses.map((name) => ({ class: name, family: null })),
  ...families.map((one) => ({ class: one.class, family: one.name })),
];

test.each(kinds)("$class ($family) has ids where it is an attack", (kind) => {
  const ids = attackIdsOf(kind);
  if (kind.class === "benign") expect(ids).toBeNull();
  else {
    expect(ids!.capec.length > 0 && ids!.cwe.length > 0).toBe(true);
    for (const technique of ids!.attack) expect(technique).toMatch(/^T\d{4}(\.\d{3})?$/);
  }
});
