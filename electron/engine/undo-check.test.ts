import { expect, test } from "vitest";
import { SentinelError } from "../../shared/errors.ts";
import type { Principal } from "./base/principals.ts";
import { createUndoCheck } from "./undo-check.ts";

const by = (role: Principal["role"]): Principal => ({ actor: role, role, caller: "ui" });
const refused = "f".repeat(64);
const check = createUndoCheck(async (model) => {
  if (model === refused) throw new SentinelError("GATES_FAILED", "It must not decide.");
});

test.each([
  { what: "an override is given again", kind: "payload_model.gates_overridden", payload: {}, least: "admin" },
  { what: "an earlier judgement counts again", kind: "payload_model.evaluated", payload: {}, least: "admin" },
  {
    what: "keys are trusted again",
    kind: "settings.changed",
    payload: { changes: { trusted_model_keys: [] } },
    least: "admin",
  },
  {
    what: "another model decides",
    kind: "settings.changed",
    payload: { changes: { payload_model: null } },
    least: "approver",
  },
  { what: "a model is on trial again", kind: "canary.moved", payload: { to: { challenger: "a" } }, least: "approver" },
  { what: "a trial ends", kind: "canary.moved", payload: { to: null }, least: "analyst" },
  {
    what: "a threshold is as it was",
    kind: "settings.changed",
    payload: { changes: { tag_threshold: 0.5 } },
    least: "analyst",
  },
] as const)("an undo by which $what takes the role $least", async ({ kind, payload, least }) => {
  const roles = ["analyst", "approver", "admin"] as const;
  for (const role of roles) {
    const asked = check({ inverse: { kind, payload } }, by(role));
    if (roles.indexOf(role) < roles.indexOf(least)) await expect(asked).rejects.toMatchObject({ code: "FORBIDDEN" });
    else await asked;
  }
});

test.each([
  { kind: "settings.changed", payload: { changes: { payload_model: `model:${refused}` } } },
  { kind: "canary.moved", payload: { to: { challenger: refused } } },
])("nobody brings back a model by $kind that its gates refuse", async (inverse) => {
  await expect(check({ inverse }, by("admin"))).rejects.toMatchObject({ code: "GATES_FAILED" });
});
