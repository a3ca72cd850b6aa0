import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { groupNearDuplicates } from "./near-duplicates.ts";
import { placeRows, type Splittable, splitOf } from "./split.ts";

const row = (id: string, duplicates: number, campaign: string | null = null, kept: Splittable["kept"] = null) => ({
  id,
  duplicates,
  campaign,
  unit: () => campaign ?? id,
  isReported: false,
  kept,
});
const many = (n: number) => Array.from({ length: n }, (_, i) => row(`id${String(i).padStart(6, "0")}`, i));

test("groups fall into the splits by their shares", () => {
  const count = { train: 0, validation: 0, test: 0 };
  for (let i = 0; i < 20_000; i++) count[splitOf(`g${i}`)]++;
  expect(count.train / 20_000).toBeCloseTo(0.7, 1);
  expect(count.validation / 20_000).toBeCloseTo(0.15, 1);
  expect(count.test / 20_000).toBeCloseTo(0.15, 1);
});

describe("a row", () => {
  test("is on the side of its near-duplicates and of its campaign", () => {
    const rows = [...many(100), row("x1", 100, "c"), row("x2", 100), row("x3", 102, "c")];
    const placed = placeRows(rows);
    expect(placed[101]).toEqual(placed[100]);
    expect(placed[102]).toEqual(placed[100]);
  });

  test("keeps its split, and draws new near-duplicates and the rest of its campaign there", () => {
    const kept = { group: "g", split: "validation" } as const;
    const placed = placeRows([row("a", 0, "c", kept), row("b", 0), row("c", 2, "c")]);
    expect(placed).toEqual([kept, kept, kept]);
  });

  test("between near-duplicates of two splits is left out, and these stay where they are", () => {
    const train = { group: "g", split: "train" } as const;
    const test = { group: "h", split: "test" } as const;
    expect(placeRows([row("a", 0, null, train), row("b", 0, null, test), row("c", 0)])).toEqual([train, test, null]);
  });

  test("that was reported as a false positive is to be learned from, with its near-duplicates, also where it was held out", () => {
    for (let i = 0; i < 40; i++) {
      const rows = [row(`a${i}`, 0), { ...row(`b${i}`, 0), isReported: true }];
      expect(placeRows(rows).map((placed) => placed!.split)).toEqual(["train", "train"]);
    }
    const test = { group: "h", split: "test" } as const;
    const validation = { group: "v", split: "validation" } as const;
    const train = (group: string) => ({ group, split: "train" });
    expect(
      placeRows([
        { ...row("a", 0, null, test), isReported: true },
        row("b", 0, null, validation),
        row("c", 0),
        row("d", 3, null, test),
      ]),
    ).toEqual([train("h"), train("v"), train("h"), test]);
    // What one client did on one day stays on one side.
    const campaign = [row("a", 0, "c", test), { ...row("b", 1, "c", test), isReported: true }, row("e", 2, "c")];
    expect(placeRows(campaign).map((placed) => placed!.split)).toEqual(["train", "train", "train"]);
  });

  test("follows its near-duplicates rather than its campaign", () => {
    const train = { group: "g", split: "train" } as const;
    const test = { group: "h", split: "test" } as const;
    const placed = placeRows([row("a", 0, "c", train), row("b", 1, null, test), row("new", 1, "c")]);
    expect(placed[2]).toEqual(test);
  });
});

test("a campaign that would decide a split by itself does not hold rows together", () => {
  const rows = many(1000).map((one, i) => (i < 400 ? { ...one, campaign: "scanner" } : one));
  const sides = new Set(
    placeRows(rows)
      .slice(0, 400)
      .map((placed) => placed?.split),
  );
  expect(sides.size).toBe(3);
});

test("a group that would fill a split by itself is for training", () => {
  const rows = many(1000).map((one, i) => (i < 80 ? { ...one, duplicates: 0 } : one));
  expect(
    new Set(
      placeRows(rows)
        .slice(0, 80)
        .map((placed) => placed?.split),
    ),
  ).toEqual(new Set(["train"]));
});

test("the splits depend on the rows alone, and stay when rows are added or taken away", () => {
  const rows = fc.uniqueArray(
    fc.record({
      id: fc.stringMatching(/^[0-9a-f]{4}$/),
      near: fc.nat(30),
      campaign: fc.option(fc.constantFrom("c", "d", "e")),
    }),
    { selector: ({ id }) => id, minLength: 1, maxLength: 60 },
  );
  /** As a version is made: sorted by id, near-duplicates by the first of them. */
  const place = (
    given: readonly { id: string; near: number; campaign: string | null }[],
    kept = new Map<string, Splittable["kept"]>(),
  ) => {
    const sorted = given.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const placed = placeRows(
      sorted.map((one) =>
        row(
          one.id,
          sorted.findIndex(({ near }) => near === one.near),
          one.campaign,
          kept.get(one.id) ?? null,
        ),
      ),
    );
    return new Map(sorted.map(({ id }, i) => [id, placed[i] ?? null]));
  };
  fc.assert(
    fc.property(rows, rows, (first, more) => {
      const before = place(first);
      expect(place(first.toReversed())).toEqual(before);
      for (const one of first) {
        const alike = first.filter(({ near }) => near === one.near).map(({ id }) => before.get(id)?.split);
        expect(new Set(alike).size).toBe(1);
      }
      const joined = [...first.slice(1), ...more.filter(({ id }) => !before.has(id))];
      const after = place(joined, before);
      for (const { id } of first.slice(1)) expect(after.get(id)?.split).toBe(before.get(id)?.split);
      for (const one of joined) {
        const side = after.get(one.id);
        if (side == null || before.has(one.id)) continue;
        const alike = joined.filter(({ near }) => near === one.near).map(({ id }) => after.get(id)?.split);
        expect(new Set(alike.filter((each) => each !== undefined)).size).toBe(1);
      }
    }),
    { numRuns: 200 * Number(process.env.TORTURE ?? 1) },
  );
});

describe("near-duplicates", () => {
  const groups = (...texts: string[]) => [...groupNearDuplicates(texts.map((text) => ({ text, place: null })))];

  test.each([
    { why: "other numbers", texts: ["1' or 1=1--", "99' OR 7=7--"] },
    { why: "other spacing and letters", texts: ["<ScRipt>alert(1)</sCript>", "<script>alert(2)</script>"] },
    { why: "another coding", texts: ["../../etc/passwd", "%2e%2e%2f%2e%2e%2fetc%2fpasswd"] },
    {
      why: "a word more in a long text",
      texts: [
        "1' UNION SELECT username, password, email FROM users WHERE active = 1 ORDER BY username -- -",
        "1' UNION SELECT username, password, email FROM users WHERE active = 1 ORDER BY username DESC -- -",
      ],
    },
  ])("differ in $why", ({ texts }) => expect(groups(...texts)).toEqual([0, 0]));

  test.each([
    { why: "words", texts: ["hello world", "green apple"] },
    { why: "what is done", texts: ["; cat /etc/passwd", "../../etc/passwd"] },
    { why: "a short text", texts: ["a", "b"] },
  ])("are not told by $why", ({ texts }) => expect(groups(...texts)).toEqual([0, 1]));

  test("are found among many, wherever they stand", () => {
    const words = Array.from(
      { length: 3000 },
      (_, i) =>
        `word${String.fromCharCode(97 + (i % 26), 97 + ((i / 26) % 26), 97 + ((i / 676) % 26))} <svg onload=go()> ${"xyz".repeat(i % 7)}`,
    );
    const found = groups(
      "/?id=1 union all select a,b,c from secret_table",
      ...words,
      "/?id=2 union all select a,b,c from secret_table",
    );
    expect(found.at(-1)).toBe(0);
  });

  test("of nothing are none; an empty text is like another", () => {
    expect(groups()).toEqual([]);
    expect(groups("", " ", "x")).toEqual([0, 0, 2]);
  });
});
