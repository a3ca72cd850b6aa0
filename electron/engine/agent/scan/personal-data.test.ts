import { describe, expect, test } from "vitest";
import { nationalIds } from "./national-ids.ts";
import { createPersonalDataScanner } from "./personal-data.ts";

const scanner = createPersonalDataScanner();
const never = new AbortController().signal;
const rulesOf = async (text: string) =>
  (await scanner.scan({ text, kind: "input" }, never)).findings.map(({ rule }) => rule);

describe("personal data", () => {
  test.each([
    ["Write to maria.keller@firma.de today", "email_address"],
    ["<j.o'neil+list@mail.co.uk>", "email_address"],
    ["DE89 3704 0044 0532 0130 00", "iban"],
    ["GB29NWBK60161331926819.", "iban"],
    ["card 4111 1111 1111 1111, exp 09/30", "payment_card"],
    ["amex 378282246310005", "payment_card"],
    ["call +49 (30) 901820", "telephone_number"],
    ["call (212) 555-0187", "telephone_number"],
    ["Phone: 030 901820 12", "telephone_number"],
    ...nationalIds.map(({ rule, fires }) => [fires, rule]),
  ])("%s is %s", async (text = "", rule) => {
    expect(await rulesOf(text)).toContain(rule);
  });

  test.each([
    "support@firma.de and someone@example.com",
    "git@github.com:owner/repository.git",
    "user@host",
    "DE89 3704 0044 0532 0130 01",
    "4111 1111 1111 1112",
    "order 1234567890123456",
    "2026-11-22T10:00:00.123456+01:00",
    "0000000000000000",
    "10.20.30.40:8080 took 1234.5678 ms",
    "id 00123456789012",
    "@decorator class X { @Input() name }",
    "version 1.2.3-4.5.6",
  ])("nothing in: %s", async (text) => {
    expect(await rulesOf(text)).toEqual([]);
  });

  test.each(nationalIds)("$rule passes what only looks alike", async ({ rule, passes }) => {
    expect(await rulesOf(passes)).not.toContain(rule);
  });
});
