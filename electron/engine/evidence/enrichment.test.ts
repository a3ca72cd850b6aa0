import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { classifyAddress, compileNetworks } from "./address.ts";
import { claimedAddresses, openEnrichment } from "./enrichment.ts";
import { tinyDatabase } from "./tiny-database.ts";

describe("classifyAddress", () => {
  test.each([
    ["8.8.8.8", "public"],
    ["2606:4700::1111", "public"],
    ["::ffff:8.8.8.8", "public"],
    ["10.1.2.3", "private"],
    ["172.16.0.1", "private"],
    ["192.168.1.1", "private"],
    ["100.64.0.1", "private"],
    ["fd00::1", "private"],
    ["127.0.0.1", "loopback"],
    ["::1", "loopback"],
    ["::ffff:127.0.0.1", "loopback"],
    ["169.254.169.254", "link_local"],
    ["fe80::1%eth0", "link_local"],
    ["224.0.0.1", "multicast"],
    ["255.255.255.255", "multicast"],
    ["0.0.0.0", "reserved"],
    ["192.0.2.1", "reserved"],
    ["2001:db8::1", "reserved"],
    ["[2606:4700::1111]", "public"],
    ["0177.0.0.1", null],
    ["127.1", null],
    ["2130706433", null],
    ["shop.example", null],
    ["", null],
    [null, null],
  ])("%s is %s", (text, want) => {
    expect(classifyAddress(text)).toBe(want);
  });
});

describe("compileNetworks", () => {
  test.each([
    [["10.0.0.0/8"], "10.255.255.255", true],
    [["10.0.0.0/8"], "11.0.0.0", false],
    [["10.0.0.7"], "10.0.0.7", true],
    [["10.0.0.9/24"], "10.0.0.1", true],
    [["10.0.0.0/25", "10.0.0.128/25"], "10.0.0.200", true],
    [["10.0.0.0/8", "10.1.0.0/16"], "10.2.0.1", true],
    [["0.0.0.0/0"], "1.2.3.4", true],
    [["0.0.0.0/0"], "2606::1", false],
    [["2606:4700::/32"], "2606:4700:1::1", true],
    [["1.2.3.0/24"], "::ffff:1.2.3.4", true],
    [[], "1.2.3.4", false],
  ])("%j has %s: %s", (entries, address, want) => {
    expect(compileNetworks(entries).has(address)).toBe(want);
  });

  test("names what is no network", () => {
    const list = compileNetworks(["10.0.0.0/8", "x", "1.2.3.4/33", "1.2.3.4/8/8", "::/129", "1.2.3.4/-1"]);
    expect(list.size).toBe(1);
    expect(list.refused).toEqual(["x", "1.2.3.4/33", "1.2.3.4/8/8", "::/129", "1.2.3.4/-1"]);
  });

  test("agrees with comparing every network", () => {
    const v4 = fc.integer({ min: 0, max: 0xffff }).map((n) => `10.0.${n >> 8}.${n & 255}`);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(v4, fc.integer({ min: 18, max: 32 })), { maxLength: 20 }),
        v4,
        (networks, address) => {
          const number = (text: string) => text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
          const inside = networks.some(([base, length]) => {
            const size = 2 ** (32 - length);
            return Math.floor(number(base) / size) === Math.floor(number(address) / size);
          });
          expect(compileNetworks(networks.map(([base, length]) => `${base}/${length}`)).has(address)).toBe(inside);
        },
      ),
      { numRuns: 300 * Number(process.env.TORTURE ?? 1) },
    );
  });
});

describe("openEnrichment", () => {
  test("without data nothing is claimed", async () => {
    const enrichment = await openEnrichment({ maxmind_file: "", bad_networks: [] });
    expect(enrichment.problems).toEqual([]);
    expect(enrichment.describe("8.8.8.8")).toEqual({
      addressClass: "public",
      countries: false,
      country: null,
      network: null,
      badReputation: null,
    });
    expect(enrichment.describe(null).addressClass).toBeNull();
    expect(enrichment.describe("shop.example")).toEqual({
      addressClass: null,
      countries: false,
      country: null,
      network: null,
      badReputation: null,
    });
  });

  test("uses the list, and its hash follows the data but not their order", async () => {
    const one = await openEnrichment({ maxmind_file: "", bad_networks: ["1.2.3.0/24", "5.0.0.0/8"] });
    const two = await openEnrichment({ maxmind_file: "", bad_networks: ["5.0.0.0/8", "1.2.3.0/24"] });
    const three = await openEnrichment({ maxmind_file: "", bad_networks: ["5.0.0.0/8"] });
    expect(one.describe("1.2.3.4").badReputation).toBe(true);
    expect(one.describe("1.2.4.4").badReputation).toBe(false);
    expect(one.describe(null).badReputation).toBeNull();
    expect(one.hash).toBe(two.hash);
    expect(one.hash).not.toBe(three.hash);
  });

  test("reads a MaxMind database", async () => {
    const home = await mkdtemp(join(tmpdir(), "sentinel-geo-"));
    try {
      const path = join(home, "geo.mmdb");
      await writeFile(path, tinyDatabase());
      const enrichment = await openEnrichment({ maxmind_file: path, bad_networks: [] });
      expect(enrichment.problems).toEqual([]);
      expect(enrichment.describe("130.1.2.3")).toMatchObject({ countries: true, country: "NZ", network: 64_500 });
      expect(enrichment.describe("8.8.8.8")).toMatchObject({ countries: true, country: null, network: null });
      expect(enrichment.describe("2606:4700::1")).toMatchObject({ country: null });
      expect(enrichment.hash).not.toBe((await openEnrichment({ maxmind_file: "", bad_networks: [] })).hash);
    } finally {
      await rm(home, { recursive: true });
    }
  });

  test("a file that is missing or no database is a problem, not a stop", async () => {
    const home = await mkdtemp(join(tmpdir(), "sentinel-geo-"));
    try {
      const path = join(home, "x.mmdb");
      expect((await openEnrichment({ maxmind_file: path, bad_networks: [] })).problems).toHaveLength(1);
      await writeFile(path, "not a database");
      const enrichment = await openEnrichment({ maxmind_file: path, bad_networks: ["x"] });
      expect(enrichment.problems).toHaveLength(2);
      expect(enrichment.describe("8.8.8.8").country).toBeNull();
    } finally {
      await rm(home, { recursive: true });
    }
  });
});

test.each([
  [[["X-Forwarded-For", "1.2.3.4, 10.0.0.1:80, unknown, <script>"]], ["1.2.3.4", "10.0.0.1"]],
  [[["Forwarded", 'for=192.0.2.60;proto=http, for="[2606::1]:4711"']], ["192.0.2.60", "2606::1"]],
  [[["X-Real-IP", "::ffff:1.2.3.4"]], ["1.2.3.4"]],
  [[["X-Other", "1.2.3.4"]], []],
  [null, []],
] as const)("claimedAddresses %#", (headers, want) => {
  expect(claimedAddresses(headers)).toEqual(want);
});
