import { expect, test } from "vitest";
import { createUnreadTally } from "./unread-tally.ts";

const body = { bodyCut: true, body: "12345", headers: [["Content-Length", "12"]] } as const;

test.each([
  { why: "what a body lacks of its announced length", sent: body, want: [1, 7] },
  {
    why: "no length of a compressed body",
    sent: { ...body, headers: [...body.headers, ["content-encoding", "br"]] },
    want: [1, 0],
  },
  { why: "no length without a header that tells", sent: { ...body, headers: null }, want: [1, 0] },
  { why: "nothing of a whole body", sent: { ...body, bodyCut: false }, want: [0, 0] },
])("counts $why", ({ sent, want }) => {
  const tally = createUnreadTally();
  tally.add(sent as never, true);
  tally.valueCut();
  const [bodiesCut, bytesMissing] = want;
  expect(tally.take()).toEqual({ valuesCut: 1, requestsCrowded: 1, bodiesCut, bytesMissing });
});
