import { expect, test } from "vitest";
import type { Alert } from "../../shared/alert.ts";
import { ownName } from "../view/own-name.ts";
import { whyNot } from "./why-not.ts";

const fresh = { status: "new", reason: null, assignee: null } as Alert;
const begun = { ...fresh, status: "in_progress", assignee: ownName } as Alert;
const closed = { ...fresh, status: "closed", reason: "true_positive" } as Alert;

test.each([
  { action: "reopen", alerts: [fresh], why: "it is new already" },
  { action: "reopen", alerts: [fresh, closed], why: null },
  { action: "inProgress", alerts: [begun, begun], why: "all of them are in progress already" },
  { action: "inProgress", alerts: [fresh], why: null },
  { action: "assignToMe", alerts: [begun], why: "it is assigned to you already" },
  { action: "assignToMe", alerts: [closed], why: null },
  { action: "makeRule", alerts: [begun], why: "rules are made of closed true positives" },
  { action: "makeRule", alerts: [begun, closed], why: null },
  { action: "close", alerts: [closed], why: null },
] as const)("$action: $why", ({ action, alerts, why }) => expect(whyNot(action, alerts)).toBe(why));
