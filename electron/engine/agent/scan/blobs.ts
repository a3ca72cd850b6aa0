import { collectFindings, type PlacedFinding } from "./collect-findings.ts";
import { entropyOf } from "./entropy.ts";
import type { Scanner } from "./scanner.ts";

interface BlobKind {
  readonly rule: string;
  readonly what: string;
  /** Repetitions are bounded; a longer blob is found by its beginning. */
  readonly pattern: RegExp;
  accepts?(blob: string, before: string): boolean;
  readonly fires: string;
  readonly passes: readonly string[];
}

/** What stands before Base64 that has a good reason to be there. */
const known =
  /(?:data:(?:image|font|audio|video)\/[\w.+-]{1,40};base64,|\bssh-(?:rsa|ed25519|dss) |ecdsa-sha2-nistp\d{3} |BEGIN CERTIFICATE-----\s{0,4})$/;

const alternating = (length: number) => "Zk3Qp9Lx7Bv2Rt5Yw8Hc1Nd4Mf6Sg0Ja".repeat(20).slice(0, length);

/** Encodings that somebody may carry something in which nobody reads. */
export const blobKinds: readonly BlobKind[] = [
  {
    rule: "long_base64",
    what: "Base64",
    pattern:
      /(?<![A-Za-z0-9+/_-])(?:[A-Za-z0-9+/_-]{60,76}\r?\n){0,40}[A-Za-z0-9+/_-]{120,4000}={0,2}|(?<![A-Za-z0-9+/_-])(?:[A-Za-z0-9+/]{60,76}\r?\n){3,60}[A-Za-z0-9+/]{0,76}={0,2}/g,
    accepts: (blob, before) =>
      !known.test(before) &&
      entropyOf(blob.slice(0, 400)) >= 4 &&
      /[A-Z]/.test(blob) &&
      /[a-z]/.test(blob) &&
      /\d/.test(blob) &&
      !/(?:\/[\w-]{2,20}){6}/.test(blob.slice(0, 200)),
    fires: alternating(160),
    passes: [
      "word".repeat(40),
      `data:image/png;base64,${alternating(160)}`,
      `sha512-${alternating(86)}==`,
      "/usr/share/lib/".repeat(12),
    ],
  },
  {
    rule: "long_base32",
    what: "Base32",
    pattern: /(?<![A-Za-z0-9])[A-Z2-7]{120,4000}={0,6}(?![A-Za-z0-9])/g,
    accepts: (blob) => entropyOf(blob.slice(0, 400)) >= 3.5 && /\d/.test(blob),
    fires: "JBSWY3DPEBLW64TMMQQHI2DJOMQGS4ZA".repeat(5),
    passes: ["A".repeat(200)],
  },
  {
    rule: "long_hex",
    what: "hexadecimal digits",
    pattern: /(?<![A-Za-z0-9])(?:0x)?(?:[0-9a-fA-F]{2}[ :,-]?){80,2000}(?![A-Za-z0-9])/g,
    accepts: (blob) => entropyOf(blob.slice(0, 400)) >= 2,
    fires: "68656c6c6f20776f726c6421".repeat(8),
    passes: ["9f86d081884c7d659a2feaa0c55ad015".repeat(4), "0".repeat(300)],
  },
  {
    rule: "long_percent",
    what: "percent-encoding",
    pattern: /(?:%[0-9a-fA-F]{2}){40,2000}/g,
    fires: "%69%67%6e".repeat(15),
    passes: ["%20%20%20"],
  },
  {
    rule: "long_escapes",
    what: "character escapes",
    pattern: /(?:\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|u\{[0-9a-fA-F]{1,6}\}|[0-3][0-7]{2})){30,2000}/g,
    fires: "\\x69\\u0067".repeat(16),
    passes: ["\\x1b[0m"],
  },
  {
    rule: "long_references",
    what: "HTML character references",
    pattern: /(?:&#x?[0-9a-fA-F]{2,6};?){30,2000}/g,
    fires: "&#105;&#x67;".repeat(16),
    passes: ["&#39;&#39;"],
  },
  {
    rule: "long_character_codes",
    what: "a list of character codes",
    pattern: /(?<![\w.,])(?:\d{2,3}[, ] ?){40,2000}\d{2,3}(?![\w.])/g,
    accepts: (blob) => {
      const codes = blob.match(/\d+/g)!.map(Number);
      const printable = codes.filter((code) => (code >= 32 && code < 127) || code === 10).length;
      const letters = codes.filter((code) => code >= 97 && code <= 122).length;
      return printable >= codes.length * 0.95 && letters >= codes.length * 0.5;
    },
    fires: "105, 103, 110, 111, 114, 101, 32, ".repeat(7).slice(0, -2),
    passes: ["10, 20, 30, 40, 50, ".repeat(12).slice(0, -2)],
  },
  {
    rule: "long_binary",
    what: "binary digits",
    pattern: /(?<![\w])(?:[01]{8}[ ,]?){16,1000}(?![\w])/g,
    accepts: (blob) => blob.includes("0") && blob.includes("1"),
    fires: "01101001 01100111 ".repeat(10),
    passes: ["0".repeat(200)],
  },
  {
    rule: "executable_data",
    what: "data that a browser would run",
    pattern:
      /data:(?:text\/html|text\/javascript|application\/(?:x-)?javascript|image\/svg\+xml|application\/x-[\w-]{1,40})[^\s"'<>)]{0,60},[^\s"'<>)]{20,2000}/gi,
    fires: `data:text/html;base64,${alternating(40)}`,
    passes: ["data:image/png;base64,iVBORw0KGgo="],
  },
];

/** Long encoded stretches: what stands in them nobody has read. Short ones are decoded by the scanner of injections. */
export function createBlobScanner(): Scanner {
  return { name: "blobs", scan: (what, signal) => collectFindings(what, findBlobs, signal) };
}

function* findBlobs(text: string): Generator<PlacedFinding> {
  for (const { rule, what, pattern, accepts } of blobKinds) {
    for (const match of text.matchAll(pattern)) {
      if (accepts?.(match[0], text.slice(Math.max(0, match.index - 80), match.index)) === false) continue;
      const start = match.index;
      yield {
        rule,
        why: `A long stretch of ${what}: nobody reads what it holds.`,
        start,
        end: start + match[0].length,
      };
    }
  }
}
