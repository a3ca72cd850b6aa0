import { expect, test } from "vitest";
import type { Alert } from "../../../shared/alert.ts";
import type { ExportFormat } from "../../../shared/report.ts";
import type { Score } from "../../../shared/units.ts";
import { writeAlerts } from "./alert-export.ts";

const alert: Alert = {
  id: "a1",
  version: 1,
  status: "closed",
  reason: "false_positive",
  reopened: false,
  severity: "high",
  severity_set: false,
  class: "xss",
  family: null,
  outcome: "unclear",
  score: 0.8 as Score,
  verdict_id: "v1",
  judged_by: null,
  client: "203.0.113.7",
  host: null,
  request_line: "GET /a",
  payload: '=cmd|"/c calc"',
  payload_place: "query q",
  sessions: 2,
  first_seen: "2026-06-01T08:00:00.000Z",
  last_seen: null,
  assignee: "ana",
  tags: ["seen", "x"],
  snoozed_until: null,
  notes: 0,
  case_id: null,
  watched: [],
};

async function write(format: ExportFormat, ...pages: Alert[][]): Promise<string> {
  async function* each() {
    yield* pages;
  }
  let text = "";
  for await (const part of writeAlerts(format, each())) text += Buffer.from(part).toString();
  return text;
}

test("CSV has a header, a line an alert, and no formula", async () => {
  const lines = (await write("csv", [alert], [], [alert])).split("\r\n");
  expect(lines).toHaveLength(4);
  expect(lines[0]).toMatch(/^id,severity,status,reason,class,.*,tags,watched$/);
  expect(lines[1]).toBe(
    `a1,high,closed,false_positive,xss,,unclear,0.8,203.0.113.7,,GET /a,query q,"'=cmd|""/c calc""",2,2026-06-01T08:00:00.000Z,,ana,,0,,v1,seen x,`,
  );
});

test("JSON is one list, JSON Lines an object a line, also of no alert", async () => {
  expect(JSON.parse(await write("json", [alert, alert], [alert]))).toEqual([alert, alert, alert]);
  expect(JSON.parse(await write("json"))).toEqual([]);
  const lines = (await write("jsonl", [alert], [alert])).trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual([alert, alert]);
  expect(await write("jsonl")).toBe("");
});
