import { expect, test } from "vitest";
import { contrastInForce, cycleContrast, isFiltered, trimFilter, useView } from "./view.ts";

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

test("the contrast is what was chosen, else what the system asks for, and one key goes round", () => {
  expect(contrastInForce("system", true)).toBe("high");
  expect(contrastInForce("system", false)).toBe("normal");
  expect(contrastInForce("normal", true)).toBe("normal");
  expect(contrastInForce("high", false)).toBe("high");
  const seen = [0, 1, 2].map(() => {
    cycleContrast();
    return useView.getState().contrast;
  });
  expect(seen).toEqual(["normal", "high", "system"]);
});
