import { expect, test } from "vitest";
import { type Place, parsePlace, placeHash, strayAddress } from "./place.ts";

test.each<Place>([
  { screen: "verdicts" },
  { screen: "alerts" },
  { screen: "search" },
  { screen: "decoder" },
  { screen: "search", q: 'path:/a/b "50% off" #1?x=\u202e' },
  { screen: "session", id: "v1", tab: "alert" },
  { screen: "evidence", item: "abc" },
  { screen: "session", id: "0198-x_Y", tab: "requests" },
  { screen: "session", id: "v1", tab: "score" },
  { screen: "session", id: "v1", tab: "requests", request: 17 },
])("a place survives the URL: %j", (place) => {
  expect(parsePlace(placeHash(place))).toEqual(place);
});

test.each(["", "#", "#/nowhere", "#/session", "#/session/<b>", "#/session/../x"])(
  "what is no place leads to the verdict list: %j",
  (hash) => {
    expect(parsePlace(hash)).toEqual({ screen: "verdicts" });
  },
);

test.each([
  { hash: "#/nonsense", want: "#/nonsense" },
  { hash: "#/session", want: "#/session" },
  { hash: "#/session/<b>", want: "#/session/<b>" },
  { hash: "#/session/v1/nowhere", want: null },
  { hash: "#/alerts", want: null },
  { hash: "#/", want: null },
  { hash: "", want: null },
  { hash: "#token=abc", want: null },
])("an address that names no screen is told: $hash", ({ hash, want }) => {
  expect(strayAddress(hash)).toBe(want);
});

test("a tab or request that does not exist falls back", () => {
  expect(parsePlace("#/session/v1/nowhere/x")).toEqual({ screen: "session", id: "v1", tab: "requests" });
});
