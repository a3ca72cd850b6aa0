import { expect, test } from "vitest";
import { type Place, parsePlace, placeHash } from "./place.ts";

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

test("a tab or request that does not exist falls back", () => {
  expect(parsePlace("#/session/v1/nowhere/x")).toEqual({ screen: "session", id: "v1", tab: "requests" });
});
