import { featureSchema } from "./session-features.ts";

/** The page that documents every session feature (Markdown), made from the schema. */
export function describeFeatures(): string {
  const rows = featureSchema.map(({ name, label, unit, range: [low, high], availability, meaning }) => {
    const range = `${low} to ${high ?? "∞"}`;
    return `| \`${name}\` | ${label} | ${unit} | ${range} | ${availability} | ${meaning} |`;
  });
  return `# Session features

Every session is described by these ${featureSchema.length} numbers, in this order. A number that the evidence cannot tell is *not available*
(NaN in the vector, \`null\` on the wire), never zero: an access log has no request bodies, a pasted request no clock. The column
"needs" says what must be recorded. Counts of distinct things stop at 10,000, the busiest stretches at 5,000 requests, and the
statistics of a value look at its first 16,384 characters after decoding.

This page is made from the schema; a test keeps the two equal.

| name | label | unit | range | needs | meaning |
|---|---|---|---|---|---|
${rows.join("\n")}
`;
}
