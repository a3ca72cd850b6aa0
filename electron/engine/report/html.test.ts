import fc from "fast-check";
import { expect, test } from "vitest";
import { html } from "./html.ts";

test("values stand as text, markup made here as markup", () => {
  const inner = html`<b>${"<i>&\"'"}</b>`;
  expect(html`<p title="${'"x'}">${inner}${[1, null, "a"]}</p>`.text).toBe(
    '<p title="&quot;x"><b>&lt;i&gt;&amp;&quot;&#39;</b>1a</p>',
  );
  expect(html`${"a\u202Eb\u0000\nc"}`.text).toBe("a[RLO]b[NUL]\nc");
});

test("whatever is put in, no character of it can become markup", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(html`${text}`.text).not.toMatch(/[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/);
    }),
  );
});
