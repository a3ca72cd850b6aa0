import { expect, test } from "vitest";
import type { AlertChange } from "../../../shared/alert.ts";
import { nameDeed } from "./name-deed.ts";

test.each<{ change: AlertChange | null; isNoted?: boolean; want: string }>([
  { change: { status: "closed", reason: "benign_true_positive" }, want: "closed as benign true positive" },
  { change: { status: "closed", reason: "duplicate" }, isNoted: true, want: "closed as duplicate, noted" },
  { change: { status: "in_progress", assignee: "ben" }, want: "in progress, assigned" },
  { change: { add_tags: ["secret-project"], snoozed_until: null }, want: "tagged, back into the queue" },
  { change: { case_id: null }, want: "out of its case" },
  { change: null, isNoted: true, want: "noted" },
])("$want", ({ change, isNoted = false, want }) => expect(nameDeed(change, isNoted)).toBe(want));
