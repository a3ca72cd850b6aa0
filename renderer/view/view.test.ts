import { expect, test } from "vitest";
import { isFiltered, trimFilter, useView } from "./view.ts";

test("filters that mean the same are the same", () => {
  expect(trimFilter({ text: "  ", min_score: 0, verdict: undefined })).toEqual({});
  expect(JSON.stringify(trimFilter({ text: " a ", verdict: "tag" }))).toBe(
    JSON.stringify(trimFilter({ verdict: "tag", text: "a", class: undefined })),
  );
  expect(isFiltered({ min_score: 0 })).toBe(false);
  expect(isFiltered({ min_score: 0.2 })).toBe(true);
});

test("a change of one filter keeps the others and forgets the selection", () => {
  useView.getState().clearFilter();
  useView.getState().setFilter({ verdict: "tag" });
  useView.getState().set({ selected: "v9", scrollTop: 400 });
  useView.getState().setFilter({ text: "union" });
  const { filter, selected, scrollTop } = useView.getState();
  expect({ filter, selected, scrollTop }).toEqual({
    filter: { verdict: "tag", text: "union" },
    selected: null,
    scrollTop: 0,
  });
});
