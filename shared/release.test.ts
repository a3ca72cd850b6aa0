import { expect, test } from "vitest";
import { ReleaseFile } from "./release.ts";

const { name } = ReleaseFile.shape;

test.each([
  "../keys",
  "a/b.deb",
  "a\\b.deb",
  ".hidden.deb",
  "",
  "update.json",
  "UPDATE.JSON",
  "update.json.",
  "update.json ",
  "sentinel.deb.partial",
  "sentinel.deb.Partial",
  "sentinel.deb\n",
  `${"a".repeat(118)}.deb`,
])("%j is no name of a file that installs a version", (given) => {
  expect(name.safeParse(given).success).toBe(false);
});

test.each(["Sentinel Setup 1.3.0.exe", "sentinel_1.3.0_amd64.deb", "Sentinel-1.3.0-arm64.dmg", "a", "a".repeat(120)])(
  "%j is one",
  (given) => {
    expect(name.safeParse(given).success).toBe(true);
  },
);
