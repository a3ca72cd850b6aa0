import fc from "fast-check";
import { expect, test } from "vitest";
import { createEventReader } from "./events.ts";

const stream = ': hello\n\nid: 7\ndata: {"a":1}\n\nid: 8\r\ndata: two\r\ndata: lines\r\n\r\n: beat\n\ndata:bare\n\n';
const want = [
  { id: 7, data: '{"a":1}' },
  { id: 8, data: "two\nlines" },
  { id: 8, data: "bare" },
];

test("events are read however the stream is cut", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length), { maxLength: 20 }), (cuts) => {
      const read = createEventReader();
      const edges = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
      const events = edges.slice(1).flatMap((end, i) => read(stream.slice(edges[i], end)));
      expect(events).toEqual(want);
    }),
    { numRuns: 200 * Number(import.meta.env.TORTURE ?? 1) },
  );
});

test("an event that has not ended is not given", () => {
  const read = createEventReader();
  expect(read("data: half\n")).toEqual([]);
  expect(read("\n")).toEqual([{ id: null, data: "half" }]);
});
