import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { signReport } from "./signature.ts";

const page = readFileSync(join(import.meta.dirname, "../../../resources/verify-report.html"), "utf8");

test.each(["script", "style"])(
  "the offline verifier's policy names its %s, and nothing else may run or load",
  (tag) => {
    const content = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(page)![1]!;
    const hash = createHash("sha256").update(content).digest("base64");
    expect(page).toContain(`${tag}-src 'sha256-${hash}'`);
    expect(page).toContain("default-src 'none'");
    expect(page.match(new RegExp(`<${tag}[ >]`, "g"))).toHaveLength(1);
    expect(page).not.toMatch(/\s(?:src|href|on\w+)=/);
  },
);

test("the offline verifier looks for the trailer where it is", () => {
  const bytes = Number(/trailerBytes = (\d+)/.exec(page)![1]);
  const file = signReport("", Buffer.alloc(32, 1));
  expect(file).toHaveLength(bytes);
  const pattern = /trailer = \/(.+)\/;/.exec(page)![1]!;
  expect(new RegExp(pattern).test(file.toString())).toBe(true);
});
