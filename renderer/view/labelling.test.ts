import { beforeEach, expect, test } from "vitest";
import type { LabelTask } from "../../shared/label.ts";
import { payloadClasses } from "../../shared/payload.ts";
import { beginQueue, bringBack, finish, labelKeys, skip, tasksLeft, useLabelling } from "./labelling.ts";

const tasks = ["a", "b", "c", "b"].map((sample_id) => ({ sample_id }) as LabelTask);
const left = () => tasksLeft(tasks, useLabelling.getState()).map(({ sample_id }) => sample_id);
beforeEach(() => {
  beginQueue("payloads");
  useLabelling.setState({ given: 0 });
});

test("each sample comes once, what is done goes, and what is put off comes last", () => {
  expect(left()).toEqual(["a", "b", "c"]);
  skip("a");
  expect(left()).toEqual(["b", "c", "a"]);
  skip("b");
  expect(left()).toEqual(["c", "a", "b"]);
  finish("c");
  expect(left()).toEqual(["a", "b"]);
  skip("a");
  expect(left()).toEqual(["b", "a"]);
});

test("what was taken back is in front again", () => {
  skip("c");
  finish("b");
  expect(useLabelling.getState().given).toBe(1);
  bringBack("b");
  expect(left()).toEqual(["b", "a", "c"]);
  expect(useLabelling.getState().given).toBe(0);
});

test("another queue begins anew", () => {
  finish("a");
  useLabelling.setState({ note: "half written" });
  beginQueue("sessions");
  expect(useLabelling.getState()).toMatchObject({ queue: "sessions", note: "", skipped: [], given: 1 });
  expect(left()).toEqual(["a", "b", "c"]);
});

test("every class has its key", () => {
  expect(labelKeys.map(({ label }) => label)).toEqual(payloadClasses);
});
