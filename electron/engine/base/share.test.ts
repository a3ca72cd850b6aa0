import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { flagNames } from "../../../shared/feature-flags.ts";
import { isInShare } from "./share.ts";

const key = fc.constantFrom(...flagNames);

describe("a share", () => {
  test("is hit within what chance allows", () => {
    const names = 4000;
    fc.assert(
      fc.property(key, fc.string({ maxLength: 20 }), fc.integer({ min: 1, max: 99 }), (flag, salt, percent) => {
        let hits = 0;
        for (let i = 0; i < names; i++) if (isInShare(flag, `${salt} ${i}`, percent)) hits++;
        const share = percent / 100;
        // Six standard deviations: less than one in 10^8 shares is further off by chance.
        expect(Math.abs(hits - names * share)).toBeLessThan(6 * Math.sqrt(names * share * (1 - share)) + 1);
      }),
      { numRuns: 60 },
    );
  });

  test("that is raised takes nobody out, gives the same answer always, and has its ends", () => {
    fc.assert(
      fc.property(
        key,
        fc.string(),
        fc.double({ min: 0, max: 100, noNaN: true }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        (flag, name, a, b) => {
          const [low, high] = [Math.min(a, b), Math.max(a, b)];
          if (isInShare(flag, name, low)) expect(isInShare(flag, name, high)).toBe(true);
          expect(isInShare(flag, name, low)).toBe(isInShare(flag, name, low));
          expect(isInShare(flag, name, 0)).toBe(false);
          expect(isInShare(flag, name, 100)).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("of one flag says nothing of another", () => {
    const both = { yes: 0, of: 0 };
    for (let i = 0; i < 4000; i++) {
      if (!isInShare("flag_behaviour", `e ${i}`, 50)) continue;
      both.of++;
      if (isInShare("flag_sequence", `e ${i}`, 50)) both.yes++;
    }
    expect(Math.abs(both.yes / both.of - 0.5)).toBeLessThan(0.06);
  });

  test.each([-1, 100.1, Number.NaN])("of %d percent is refused", (percent) => {
    expect(() => isInShare("flag_behaviour", "s", percent)).toThrow(RangeError);
  });

  // Who is in must be the same in the next version: stored verdicts were decided by it.
  test("draws whom it always drew", () => {
    const drawn = Array.from({ length: 40 }, (_, i) => (isInShare("flag_behaviour", `evidence s${i}`, 25) ? i : -1));
    expect(drawn.filter((i) => i >= 0)).toMatchInlineSnapshot(`
      [
        0,
        2,
        3,
        6,
        9,
        12,
        13,
        14,
        16,
        17,
        19,
        34,
      ]
    `);
  });
});
