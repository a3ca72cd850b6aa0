import { describe, expect, test } from "vitest";
import { credentialShapes } from "./credential-shapes.ts";
import { createCredentialScanner } from "./credentials.ts";

const scanner = createCredentialScanner();
const never = new AbortController().signal;
const scan = (text: string) => scanner.scan({ text, kind: "input" }, never);

const cases = credentialShapes.flatMap(({ rule, fires, passes }) => [
  ...fires.map((text) => ({ rule, text, fires: true })),
  ...passes.map((text) => ({ rule, text, fires: false })),
]);

describe("credentials", () => {
  test.each(cases)("$rule of $text: $fires", async ({ rule, text, fires }) => {
    const { findings } = await scan(text);
    expect(findings.some((finding) => finding.rule === rule)).toBe(fires);
  });

  const token = ["eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiIxMjM0In0", "dBjftJeZ4CVPmB92K27uhbUJU1p1r_wW1g"].join(".");
  test.each([
    [`Cookie: t=${token}`, "json_web_token"],
    ["postgres://app:Wint3r!24@db.internal:5432/shop", "connection_password"],
    ["Authorization: Basic YWRtaW46cGEkJHcwcmQxMg==", "authorization_header"],
    ["DB_PASSWORD=hunter2", "assigned_secret"],
    ['"api_key": "d41d8cd98f00b204"', "assigned_secret"],
    ["The password is Tr0ub4dor&3.", "assigned_secret"],
    ["Das Kennwort ist S0mmer!2024", "assigned_secret"],
    ["mot de passe : Soleil#99", "assigned_secret"],
    ["пароль: Qwerty12", "assigned_secret"],
    ["密码：abc12345", "assigned_secret"],
    ["mysql -u root --password S3cretPw1 shop", "assigned_secret"],
    ["the token for staging, as agreed, kQ7xV2mB9zL4pT8wR3nY6sD1 thanks", "random_secret"],
  ])("%s", async (text, rule) => {
    const { flagged, findings } = await scan(text);
    expect(flagged).toBe(true);
    expect(findings.map((finding) => finding.rule)).toContain(rule);
  });

  test.each([
    "Enter your password: required",
    "The password is too short.",
    "password: ********",
    "const password = process.env.DB_PASSWORD;",
    "password=$DB_PASSWORD",
    "token: {{ .Values.token }}",
    "https://user:password@example.com",
    "The user forgot the password and asked for a reset link.",
    "function setPassword(password: string): void",
    '"integrity": "sha512-9Yg3Zx5VZb1t3yH4hFvE3T0z2l1u8q7w6e5r4t3y2u1i0oPaSdFgHjKlZxCvBnM1234567890abcdefgh=="',
    "commit 9fceb02d0ae598e95dc970b74767f19372d61af8 fixes the token bucket",
    "api_key: your_api_key_here",
    "Passwords must have twelve characters; see the policy.",
  ])("nothing in: %s", async (text) => {
    expect(await scan(text)).toEqual({ flagged: false, findings: [] });
  });

  test("no finding quotes the secret, and the place is exact", async () => {
    const text = "Hi, DB_PASSWORD=hunter2plus! Bye";
    const { findings } = await scan(text);
    expect(JSON.stringify(findings)).not.toContain("hunter2");
    expect(text.slice(findings[0]!.start, findings[0]!.end)).toContain("hunter2plus");
  });

  test("one that lies across two chunks is found once", async () => {
    const text = `${"word ".repeat(6550)}postgres://app:Wint3r!24@db.internal/x ${"word ".repeat(6000)}`;
    const { findings } = await scan(text);
    expect(findings).toHaveLength(1);
    expect(text.slice(findings[0]!.start, findings[0]!.end)).toBe("Wint3r!24");
  });
});
