import { expect, test } from "vitest";
import { errorTold, SentinelError } from "./errors.ts";

test("an error that was told reads the same when it is told again", () => {
  const told = new SentinelError("INPUT_TOO_LARGE", "The file expands.", { limit: 5 }).toJSON();
  const again = errorTold(told);
  expect(again).toMatchObject({ code: "INPUT_TOO_LARGE", message: "The file expands." });
  expect(again!.toJSON()).toEqual(told);
  expect(errorTold({ code: "INPUT_TOO_LARGE", message: "Bare." })).toMatchObject({ message: "Bare." });
  expect(errorTold({ code: "OF_ANOTHER_VERSION", message: "x" })).toBeNull();
  expect(errorTold({ code: "constructor", message: "x" })).toBeNull();
  // A job that was cancelled tells nothing.
  for (const nothing of [null, undefined]) expect(errorTold(nothing)).toBeNull();
});
