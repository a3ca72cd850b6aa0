import { expect, test } from "vitest";
import { fields } from "./fields.ts";
import { findSettings, settingsSections } from "./sections.ts";

const found = (typed: string) =>
  findSettings(typed).flatMap((section) => [...section.fields.map(({ name }) => name), ...section.panels]);

test("every field stands in one section", () => {
  const placed = settingsSections.flatMap((section) => section.fields);
  expect(placed.toSorted()).toEqual(fields.map(({ name }) => name).toSorted());
});

test("without a word everything is shown, but what there is nothing to see of", () => {
  expect(findSettings("").map(({ id }) => id)).toEqual(settingsSections.map(({ id }) => id));
  expect(findSettings("", new Set(["network"])).map(({ id }) => id)).not.toContain("network");
});

test.each([
  { typed: "quiet hours", want: ["quiet_from", "quiet_until"] },
  { typed: "tag_threshold", want: ["tag_threshold"] },
  { typed: "revoked", want: ["trusted_keys"] },
  { typed: "splunk", want: ["siem"] },
  { typed: "BACKUP", want: ["data"] },
  { typed: "nothing of the kind", want: [] },
])("$typed finds $want", ({ typed, want }) => expect(found(typed)).toEqual(want));

test("the title of a section finds all of it", () => {
  expect(found("simulation")).toEqual(expect.arrayContaining(["own_app_port", "sandbox_egress"]));
});
