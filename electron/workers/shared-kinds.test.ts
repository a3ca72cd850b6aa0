import { expect, test } from "vitest";
import { decisionsVersion } from "../engine/store/shared-decision.ts";
import { storeModules } from "./modules.ts";

test("what engines decide together is what their version of decisions says: with another kind it is counted up", () => {
  const kinds = storeModules.flatMap(({ projections }) =>
    projections.flatMap(({ shared, kinds }) => (shared === undefined ? [] : [[shared.entityType, [...kinds].sort()]])),
  );
  expect({ decisionsVersion, kinds: Object.fromEntries(kinds) }).toMatchInlineSnapshot(`
    {
      "decisionsVersion": 1,
      "kinds": {
        "alert": [
          "alert.changed",
        ],
        "approval": [
          "approval.denied",
          "approval.granted",
          "approval.reopened",
          "approval.requested",
          "approval.superseded",
          "approval.used",
          "approval.withdrawn",
        ],
        "case": [
          "case.removed",
          "case.saved",
        ],
        "case_item": [
          "case_item.removed",
          "case_item.saved",
        ],
        "false_positive": [
          "false_positive.removed",
          "false_positive.reported",
        ],
        "handover_note": [
          "handover.removed",
          "handover.written",
        ],
        "label": [
          "label.removed",
          "label.set",
        ],
        "label_exclusion": [
          "labels.excluded",
          "labels.included",
        ],
        "named_query": [
          "query.removed",
          "query.saved",
        ],
        "payload_champion": [
          "payload_champion.chosen",
        ],
        "payload_model": [
          "payload_model.evaluated",
          "payload_model.gates_overridden",
          "payload_model.override_removed",
          "payload_model.registered",
          "payload_model.withdrawn",
          "payload_model_alias.set",
        ],
        "waf_rule": [
          "rule.removed",
          "rule.saved",
        ],
      },
    }
  `);
});
