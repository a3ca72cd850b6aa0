/** The one style sheet of a report: for the screen, light and dark, and for paper. */
export const reportStyle = `
:root { color-scheme: light dark; --ink: #17202c; --soft: #5b6675; --line: #d5dae2; --back: #fff; --raised: #f4f6f9; --accent: #1c5d99; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6eaf0; --soft: #9ba6b5; --line: #38424f; --back: #12171e; --raised: #1b222b; --accent: #7db8ec; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 32px 24px 64px; max-width: 1080px; background: var(--back); color: var(--ink);
  font: 14px/1.5 system-ui, sans-serif; }
h1 { margin: 0 0 6px; font-size: 24px; line-height: 1.25; }
h1::first-letter, h2::first-letter { text-transform: uppercase; }
h2 { margin: 34px 0 10px; padding-bottom: 4px; border-bottom: 2px solid var(--line); font-size: 17px; }
h3 { margin: 18px 0 6px; font-size: 14px; }
p { margin: 0 0 8px; }
.lead { font-size: 16px; }
.hint, footer, small, caption, em { color: var(--soft); }
.hint { margin-top: 10px; padding: 8px 12px; border-left: 3px solid var(--accent); background: var(--raised); }
em { font-style: normal; }
table { width: 100%; margin: 0 0 14px; border-collapse: collapse; table-layout: auto; }
caption { padding: 6px 0 4px; text-align: left; font-size: 13px; }
th, td { padding: 5px 10px 5px 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; overflow-wrap: anywhere; }
thead th { border-bottom: 1px solid var(--soft); color: var(--soft); font-weight: 600; font-size: 12px; white-space: nowrap; }
.facts th { width: 230px; color: var(--soft); font-weight: 500; }
code, pre { font: 12.5px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap; unicode-bidi: isolate; }
small { display: block; }
time { white-space: nowrap; font-variant-numeric: tabular-nums; }
.note { margin: 0 0 12px; padding: 8px 12px; border: 1px solid var(--line); border-radius: 6px; background: var(--raised); }
.note header { margin-bottom: 4px; color: var(--soft); font-size: 12px; }
pre { margin: 0; }
details pre { margin-top: 10px; padding: 12px; background: var(--raised); }
summary { cursor: pointer; }
footer { margin-top: 40px; padding-top: 10px; border-top: 1px solid var(--line); font-size: 12px; }
@media print {
  :root { color-scheme: light; --ink: #000; --soft: #444; --line: #bbb; --back: #fff; --raised: #fff; --accent: #000; }
  body { max-width: none; padding: 0; font-size: 11px; }
  thead { display: table-header-group; }
  tr, .note { break-inside: avoid; }
  h2, h3, caption { break-after: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
`;
