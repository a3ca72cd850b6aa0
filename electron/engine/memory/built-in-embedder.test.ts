import { describe, expect, test } from "vitest";
import { sha256 } from "../base/ids.ts";
import { builtInDimensions, embedBuiltIn } from "./built-in-embedder.ts";
import { quantise } from "./quantise.ts";

function cosine(a: string, b: string): number {
  const [x, y] = [embedBuiltIn(a), embedBuiltIn(b)];
  return x.reduce((sum, value, i) => sum + value * y[i]!, 0);
}

/** The same thing said in two ways. */
const pairs: readonly (readonly [string, string])[] = [
  ["The scanner tried SQLi on the login form", "SQL injection attempts against the form for logging in"],
  ["XSS in the comment field of the blog", "Cross-site scripting through comments on blog posts"],
  ["The attacker read /etc/passwd by path traversal", "Traversing paths let attackers read the passwd file"],
  ["Password spraying from one address range", "One range of addresses sprayed passwords"],
  [
    "The supplier's monitoring is noisy, ignore its health checks",
    "Health check noise comes from monitoring by the supplier",
  ],
  [
    "Exclude the editor's upload parameter from the WAF rule",
    "Exclusion for the upload parameters of editors in the web application firewall",
  ],
  ["Card numbers were posted to a foreign host", "Posting of card number data to foreign hosts"],
  ["The basket page times out when the database is slow", "Slow databases make basket pages time out"],
  ["XML external entities in the invoice importer", "The invoice import is open to XXE"],
  ["Credential stuffing with leaked passwords", "Leaked password lists were used for stuffing credentials"],
  ["Template injection in the newsletter preview", "Previewing newsletters allows SSTI"],
  ["The penetration test ends on Friday evening", "On Friday evening the pen-testers' penetration tests end"],
];

describe("the built-in embedder", () => {
  test("finds what was said in other words before everything else", () => {
    const found = pairs.filter(([query], i) => {
      const order = pairs.map((pair, j) => ({ j, score: cosine(query, pair[1]) })).sort((a, b) => b.score - a.score);
      return order[0]!.j === i;
    });
    expect(found).toHaveLength(pairs.length);
  });

  test.each([
    ["misspelt", "unautorized acces to the admin pannel", "unauthorized access to the admin panel"],
    ["other forms", "injected payloads were encoded", "injecting an encoded payload"],
    ["accents and case", "CAFÉ Zürich", "cafe zurich"],
    ["short and long names", "sqli", "SQL injection"],
  ])("%s words are close", (_why, a, b) => {
    expect(cosine(a, b)).toBeGreaterThan(0.4);
    expect(cosine(a, "the weather in the mountains is cold")).toBeLessThan(0.25);
  });

  test("vectors have length 1; a text without words has none", () => {
    expect(embedBuiltIn("")).toEqual(new Float32Array(builtInDimensions));
    expect(embedBuiltIn("\u0000 !?")).toEqual(new Float32Array(builtInDimensions));
    for (const text of ["a", "__proto__ constructor", "漢字", "x".repeat(10_000)]) {
      expect(cosine(text, text)).toBeCloseTo(1, 5);
    }
  });

  test("is the same everywhere", () => {
    const bytes = quantise(embedBuiltIn("union select password from users"));
    expect(sha256(new Uint8Array(bytes))).toMatchInlineSnapshot(
      `"27bd73154ded5f06dd5340729e9c4e9db459d30b5a34035baaac907984536e3a"`,
    );
  });
});
