import { expect, test } from "vitest";
import { canonicalize } from "../canonical/canonicalize.ts";
import { shownReading } from "./shown-reading.ts";

const shell = { class: "command_injection", family: null } as const;
const traversal = { class: "path_traversal", family: null } as const;
const sql = { class: "sql_injection", family: null } as const;

test.each([
  {
    why: "folders keep their separators",
    text: "..\\windows\\win.ini",
    judged: traversal,
    want: "..\\windows\\win.ini",
  },
  {
    why: "also those that were escaped",
    text: "..%5cwindows%5cwin.ini",
    judged: traversal,
    want: "..\\windows\\win.ini",
  },
  { why: "also of a command", text: "&type c:\\windows\\win.ini", judged: shell, want: "&type c:\\windows\\win.ini" },
  { why: "also behind a variable", text: "&%windir%\\system32\\cmd", judged: shell, want: "&%windir%\\system32\\cmd" },
  { why: "a command is read as its shell does", text: ";c\\at /etc/pa''sswd", judged: shell, want: ";cat /etc/passwd" },
  { why: "texts of SQL keep their quotes", text: "1 union/**/select a''b", judged: sql, want: "1 union select a''b" },
  {
    why: "texts of a template keep theirs",
    text: "{{a''b}}",
    judged: { class: "command_injection", family: "ssti" } as const,
    want: "{{a''b}}",
  },
  { why: "what nobody judged is not for a shell", text: "a\\b", judged: null, want: "a\\b" },
  { why: "other decodings are followed to the end", text: "%2527", judged: sql, want: "'" },
  { why: "a plain value says itself", text: "abc", judged: traversal, want: "abc" },
])("$why", ({ text, judged, want }) => {
  expect(shownReading(canonicalize(text), judged).text).toBe(want);
});
