import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fingerprint, reportKey, signReport, verifyReport } from "./signature.ts";

const seed = Buffer.alloc(32, 5);
const key = reportKey(seed);
const text = "<!doctype html>\n<p>Größe – 👍</p>\n</html>\n";
const file = signReport(text, seed);

describe("a signed report", () => {
  test("is its text and one line, and verifies against its key alone", () => {
    expect(file.toString().startsWith(text)).toBe(true);
    expect(file.toString().slice(text.length)).toMatch(/^<!-- sentinel-report v1 ed25519:\S{43} \S{86} -->\n$/);
    expect(verifyReport(file, key)).toEqual({ verdict: "valid", key });
    const other = reportKey(Buffer.alloc(32, 6));
    expect(verifyReport(file, other)).toEqual({ verdict: "other_key", key });
    expect(verifyReport(signReport(text, seed), key)).toEqual({ verdict: "valid", key });
  });

  test("is not valid with any single byte changed, taken away or added", () => {
    for (let at = 0; at < file.length; at++) {
      for (const bit of [1, 32, 128]) {
        const changed = Buffer.from(file);
        changed[at]! ^= bit;
        expect([at, verifyReport(changed, key).verdict]).not.toEqual([at, "valid"]);
      }
      expect(verifyReport(Buffer.concat([file.subarray(0, at), file.subarray(at + 1)]), key).verdict).not.toBe("valid");
      const longer = Buffer.concat([file.subarray(0, at), Buffer.from(" "), file.subarray(at)]);
      expect(verifyReport(longer, key).verdict).not.toBe("valid");
    }
    expect(verifyReport(Buffer.concat([file, Buffer.from("\n")]), key).verdict).toBe("no_report");
  });

  test("of somebody else cannot be passed off by naming the expected key", () => {
    const forged = Buffer.from(
      signReport(text, Buffer.alloc(32, 6))
        .toString()
        .replace(/ed25519:\S{43}/, key),
    );
    expect(verifyReport(forged, key).verdict).toBe("changed");
  });

  test("with another in front, or signed twice, is judged by the last signature", () => {
    const twice = signReport(file.toString(), Buffer.alloc(32, 6));
    expect(verifyReport(twice, key).verdict).toBe("other_key");
    expect(verifyReport(Buffer.concat([file, file]), key).verdict).toBe("changed");
  });

  test("anything else is none, without an exception", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(["no_report", "changed"]).toContain(verifyReport(bytes, key).verdict);
      }),
    );
    const nonsense = file.toString().replace(/ed25519:\S{43}/, `ed25519:${"_".repeat(43)}`);
    expect(verifyReport(Buffer.from(nonsense), key).verdict).toBe("changed");
  });
});

test("a fingerprint is eight groups of four digits", () => {
  expect(fingerprint(key)).toMatch(/^(?:[0-9a-f]{4} ){7}[0-9a-f]{4}$/);
});
