import { expect, test } from "vitest";
import type { ListedTask } from "../../../shared/agent-task.ts";
import { toConversations } from "./conversations.ts";

const task = (task_id: string, session_id: string): ListedTask => ({
  task_id,
  session_id,
  status: "completed",
  request: task_id,
  title: null,
  asked_by: "ann",
  at: "2026-01-31T08:15:00.000Z",
});

test("tasks stand under what was asked first, the latest conversation first", () => {
  const found = toConversations([task("d", "x"), task("c", "y"), task("b", "x"), task("a", "x")]);
  expect(found.map(({ id, first, last, tasks }) => [id, first.task_id, last.task_id, tasks])).toEqual([
    ["x", "a", "d", 3],
    ["y", "c", "c", 1],
  ]);
  expect(toConversations([])).toEqual([]);
});
