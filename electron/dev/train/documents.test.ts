import { describe, expect, test } from "vitest";
import { createRandom } from "../../engine/learn/training/random.ts";
import { partsOf, pasted } from "./documents.ts";

const html = `<head><title>no</title></head><body><h1>Backups of the shop</h1>
<p>Call <code>pg_dump --file=x</code> every night &amp; keep seven of them.</p>
<pre>
$ pg_dump shop | gzip &gt; x.gz
</pre><script>var no = 1;</script></body>`;
const markdown = `# Backups of the shop

Call \`pg_dump --file=x\` every night and keep seven.

\`\`\`sh
pg_dump shop | gzip > x.gz
\`\`\`

Or as a query:

    SELECT 1
      FROM x
`;

describe("what a document consists of", () => {
  test("pages", () => {
    const parts = partsOf(html, "html");
    expect(parts.prose).toEqual(["Call pg_dump --file=x every night & keep seven of them."]);
    expect(parts.code).toEqual(["$ pg_dump shop | gzip > x.gz"]);
    expect(parts.terms).toEqual(["pg_dump --file=x"]);
    expect(parts.lines).toContain("$ pg_dump shop | gzip &gt; x.gz");
  });

  test("Markdown and plain text: fenced and indented examples", () => {
    const parts = partsOf(markdown, "markdown");
    expect(parts.code).toEqual(["pg_dump shop | gzip > x.gz", "SELECT 1\n  FROM x"]);
    expect(parts.terms).toEqual(["pg_dump --file=x"]);
    expect(parts.prose).toContain("Call `pg_dump --file=x` every night and keep seven.");
  });

  test("manual pages lose their macros", () => {
    const parts = partsOf(".TH LS 1\n.SH NAME\nls \\- list the \\fBcontents\\fR of a directory\n", "manual");
    expect(parts.lines).toEqual(["NAME", "ls - list the contents of a directory"]);
  });

  test("examples of texts about attacks are left out", () => {
    const parts = partsOf(`${markdown}\nThis prevents XSS.\n`, "markdown");
    expect(parts.code).toEqual([]);
    expect(parts.terms).toEqual([]);
    expect(parts.prose.length).toBeGreaterThan(0);
  });
});

test("what is pasted comes out of the document and is the same for the same seed", () => {
  const parts = partsOf(markdown, "markdown");
  const take = () => {
    const random = createRandom("p");
    return Array.from({ length: 50 }, () => pasted(parts, random));
  };
  expect(take()).toEqual(take());
  expect(new Set(take()).size).toBeGreaterThan(8);
  expect(pasted({ prose: [], code: [], terms: [], lines: [], leastLines: 1 }, createRandom("p"))).toBeNull();
});
