import { expect, test } from "vitest";
import { defaultLimits } from "./driver.ts";
import { allowedCores, holdLimits } from "./limit-hold.ts";

test.each([
  { list: "0-1", cores: [0, 1] },
  { list: "3", cores: [3] },
  { list: "2,5-7", cores: [2, 5, 6, 7] },
])("cores $list are $cores", ({ list, cores }) => {
  expect(allowedCores(`Cpus_allowed:\t3\nCpus_allowed_list:\t${list}\nMems_allowed:\t1\n`)).toEqual(cores);
});

test.skipIf(process.platform !== "linux")("this process may use some", () => {
  expect(allowedCores().length).toBeGreaterThan(0);
});

test("sandboxes are kept to cores that the engine may use, to others in turn", () => {
  const means = { groups: undefined, cores: [4, 5, 6, 7, 9] };
  const coresOf = (turn: number) => holdLimits(means, { ...defaultLimits, cpus: 2 }, "x", turn).cores;
  expect([0, 1, 2, 3].map(coresOf)).toEqual([
    [4, 5],
    [6, 7],
    [9, 4],
    [5, 6],
  ]);
  expect(holdLimits(means, { ...defaultLimits, cpus: 5 }, "x", 0).cores).toBeNull();
  expect(holdLimits({ ...means, cores: [] }, defaultLimits, "x", 0).cores).toBeNull();
});
