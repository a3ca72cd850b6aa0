import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadPolicies } from "./load-policies.ts";
import { policyOf, stateOf, ToolPolicy, whoReceives } from "./tool-policy.ts";
import { viewPolicies } from "./view-policies.ts";

const shipped = join(import.meta.dirname, "../../../../resources/policies");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sentinel-policies-"));
});
afterEach(() => rmSync(folder, { recursive: true }));
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

test("the shipped policies can be read, and every effect of theirs needs trusted arguments", () => {
  const { book, problems } = loadPolicies([shipped]);
  expect(problems).toEqual([]);
  for (const policy of Object.values(book.tools)) if (policy.effect !== "read") expect(policy.trusted).toBe("all");
  expect(policyOf(book, "files.write")).toMatchObject({ level: 3 });
  expect(policyOf(book, "shell.run")).toMatchObject({ level: 4 });
});

test("what a policy does not say is the strictest", () => {
  expect(ToolPolicy.parse({ effect: "write" })).toEqual({
    effect: "write",
    level: 0,
    trusted: "all",
    endorse: {},
    ask: "untrusted",
    output: { integrity: "untrusted", readers: "everyone", source: "tool" },
  });
});

test("a tool that no file names has no policy, also one that objects inherit", () => {
  write("a.yaml", 'version: 1\ntools: { "mail/*": { effect: read }, "mail/send": { effect: external } }');
  const { book } = loadPolicies([folder]);
  expect(policyOf(book, "mail/send")?.effect).toBe("external");
  expect(policyOf(book, "mail/read")?.effect).toBe("read");
  for (const name of ["mail", "mailx/read", "toString", "__proto__", "constructor", "/read", ""]) {
    expect(policyOf(book, name)).toBeNull();
  }
});

test("of two files the later one is right; what one names that cannot be used is denied", () => {
  write(
    "a.yaml",
    "version: 1\ntools: { v: { effect: read }, w: { effect: read }, x: { effect: read }, y: { effect: read } }",
  );
  write("b.yaml", "version: 1\ntools: { x: { effect: destructive } }");
  write("c.yaml", "version: 1\ntools: { v: { effect: reed }, z: { effect: read } }");
  write("d.yaml", "version: 1\ntools: { w: { effect: read, trusted: none } }");
  write("notes.txt", "not a policy");
  const { book, problems } = loadPolicies([folder]);
  expect(Object.keys(book.tools)).toEqual(["x", "y"]);
  expect(book.tools.x!.effect).toBe("destructive");
  expect(problems.map(({ file }) => file.slice(folder.length + 1))).toEqual(["c.yaml", "d.yaml"]);
  expect(problems[0]!.why).toMatch(/tools\.v\.effect/);
});

test.each([
  "version: 2\ntools: {}",
  "version: 1\nmore: 1",
  "version: 1\ntool: { files.write: { effect: write, ask: always } }",
  "version: 1\ntools: [files.write]",
  "version: 1\ntools: { x: { effect: read }, x: { effect: write } }",
  "tools: [",
  "",
])("where it cannot be said what a file names, everything before it is denied: %j", (text) => {
  write("a.yaml", text);
  write("b.yaml", "version: 1\ntools: { x: { effect: read } }");
  const { book, problems } = loadPolicies([shipped, folder]);
  expect(Object.keys(book.tools)).toEqual(["x"]);
  expect(problems).toHaveLength(1);
  expect(Object.keys(loadPolicies([shipped, join(folder, "gone")]).book.tools)).toEqual([]);
});

test("what a file names that cannot be used is let in again by its name, not by a later rule for all of its server", () => {
  write("a.yaml", "version: 1\ntools: { mail/send: {}, mail/read: {} }");
  write("b.yaml", 'version: 1\ntools: { "mail/*": { effect: read }, mail/read: { effect: read } }');
  const { book } = loadPolicies([folder]);
  expect(policyOf(book, "mail/send")).toBeNull();
  expect(policyOf(book, "mail/read")).not.toBeNull();
});

test("a stricter rule of an operator that cannot be used leaves none of the shipped ones, of lists and of servers in force", () => {
  write("a.yaml", 'version: 1\nlists: { staff: [ann, eve] }\ntools: { "mail/*": { effect: read } }');
  write(
    "b.yaml",
    "version: 1\nlists: { staff: [ann] }\ntools: { files.write: { effect: write, ask: allways }, mail/send: {} }",
  );
  const { book } = loadPolicies([shipped, folder]);
  for (const tool of ["files.write", "mail/send", "mail/read"]) expect(policyOf(book, tool)).toBeNull();
  expect(policyOf(book, "files.read")).not.toBeNull();
  expect(book.lists).toEqual({});
});

test("a pattern of arguments that is not matched in linear time is told, and its file says nothing", () => {
  write("a.yaml", "version: 1\ntools: { x: { effect: read, arguments: { properties: { q: { pattern: '(?=a)' } } } } }");
  const { book, problems } = loadPolicies([folder]);
  expect(book.tools).toEqual({});
  expect(problems).toMatchObject([{ why: expect.stringMatching(/tools\.x\.arguments: the pattern .* look around/) }]);
});

test("a list that no file has is told", () => {
  write("a.yaml", "version: 1\ntools: { x: { effect: write, endorse: { to: [{ list: staff }] } } }");
  expect(loadPolicies([folder]).problems).toMatchObject([{ file: "x", why: expect.stringContaining("staff") }]);
});

test("who comes to know what a call is given", () => {
  const external = ToolPolicy.parse({ effect: "external" });
  const named = ToolPolicy.parse({ effect: "external", receivers: { arguments: ["to", "cc"] } });
  expect(whoReceives(external, { to: "ann" })).toBe("everyone");
  expect(whoReceives(ToolPolicy.parse({ effect: "write" }), {})).toEqual([]);
  expect(whoReceives(named, { to: ["ann", "bob"], cc: "cem" })).toEqual(["ann", "bob", "cem"]);
  // What is no name could be anybody.
  expect(whoReceives(named, { to: { address: "ann" } })).toBe("everyone");
});

test("what a tool touches is its server, or the beginning of its name, unless its policy says more", () => {
  const policy = ToolPolicy.parse({ effect: "read" });
  expect(stateOf(policy, "mail/read")).toEqual(["mail"]);
  expect(stateOf(policy, "alerts.get")).toEqual(["alerts"]);
  expect(stateOf(ToolPolicy.parse({ effect: "read", state: ["a"] }), "mail/read")).toEqual(["a"]);
});

test("policies are shown as they decide, what is not said included", () => {
  write(
    "a.yaml",
    'version: 1\ntools: { "mail/*": { effect: read }, mail/send: { effect: external, receivers: { arguments: [to] }, trusted: [to], ask: always }, x: { effect: external, level: 2 } }',
  );
  const output = { trust_level: "untrusted", readers: "everyone" };
  expect(viewPolicies(loadPolicies([folder]).book)).toEqual([
    {
      ...{ tool: "mail/*", effect: "read", level: 0, trusted: [], is_always_asked: false, output },
      ...{ receivers: { who: [] }, is_offered: false },
    },
    {
      ...{ tool: "mail/send", effect: "external", level: 0, trusted: ["to"], is_always_asked: true, output },
      ...{ receivers: { arguments: ["to"] }, is_offered: true },
    },
    {
      ...{ tool: "x", effect: "external", level: 2, trusted: "all", is_always_asked: false, output },
      ...{ receivers: "everyone", is_offered: true },
    },
  ]);
});
