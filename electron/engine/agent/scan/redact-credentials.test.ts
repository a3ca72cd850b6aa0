import fc from "fast-check";
import { expect, test } from "vitest";
import { findCredentials } from "./credentials.ts";
import { redactCredentials, redacted } from "./redact-credentials.ts";

/** Put together here, so that no scanner of repositories takes them for real. */
const key = `AKIA${"IOSFODNN7QWERTYZ"}`;
const github = `ghp_${"wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx"}`;

test.each([
  [`Use ${key} for the bucket`, `Use ${redacted} for the bucket`],
  [`password = "hunter2!Xy9" please`, `password = "${redacted}" please`],
  [`Connect to postgres://app:s3cr3tPassw0rd@db.local/x`, `Connect to postgres://app:${redacted}@db.local/x`],
  [`${github} and ${key}`, `${redacted} and ${redacted}`],
  ["Summarise this week's SQL injection alerts", "Summarise this week's SQL injection alerts"],
])("%j leaves as %j", (text, want) => expect(redactCredentials(text)).toBe(want));

test("however many there are, none is left", () => {
  const words = Array.from({ length: 900 }, (_, i) => `ghp_${`${i}`.padStart(4, "0")}${github.slice(8)}`);
  const text = redactCredentials(words.join(" "));
  expect(text).not.toContain("ghp_");
  expect([...findCredentials(text)]).toEqual([]);
});

test("nothing that could be taken out is left of any text", () => {
  const secret = fc.constantFrom(key, github, 'secret="q8Zt!vN2pL"', "Authorization: Bearer dGhpc2lzYXRva2Vu0Fq9");
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), secret)), (parts) => {
      const text = redactCredentials(parts.join(" "));
      expect([...findCredentials(text)].filter(({ start, end }) => text.slice(start, end) !== redacted)).toEqual([]);
      expect(redactCredentials(text)).toBe(text);
    }),
  );
});
