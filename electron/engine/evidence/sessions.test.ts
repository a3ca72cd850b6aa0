import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Exchange, Header } from "./exchange.ts";
import { sessionRank } from "./session-cookies.ts";
import { groupSessions } from "./sessions.ts";

const minute = 60_000;
const gapMs = 30 * minute;

function exchange(
  index: number,
  over: { at?: number | null; client?: string | null; headers?: Header[]; set?: string; host?: string },
): Exchange {
  return {
    index,
    offset: 0,
    length: 0,
    startedAt: over.at === undefined ? index * 1000 : over.at,
    durationMs: null,
    clientAddress: over.client ?? null,
    method: "GET",
    scheme: null,
    host: over.host ?? "h",
    target: "/",
    httpVersion: null,
    headers: over.headers ?? null,
    body: null,
    bodyCut: false,
    response: {
      status: 200,
      headers: over.set === undefined ? [] : [["Set-Cookie", over.set]],
      size: null,
      body: null,
      bodyCut: false,
    },
  };
}

type Step = Parameters<typeof exchange>[1];
const cookie = (value: string): Header[] => [["Cookie", value]];
const group = (steps: Step[]) => {
  const grouper = groupSessions({ gapMs });
  return steps.map((step, i) => grouper.add(exchange(i, step)).name).join(" ");
};

describe("groupSessions", () => {
  test.each<[string, string, Step[]]>([
    [
      "two cookies are two sessions",
      "s1 s2 s1 s2",
      ["a", "b", "a", "b"].map((v) => ({ headers: cookie(`x=1; PHPSESSID=${v}`) })),
    ],
    ["one browser without anything is one", "s1 s1 s1", [{}, {}, {}]],
    [
      "what a browser's cache answered, recorded without headers, stays with the visit",
      "s1 s1 s2 s2",
      [{ headers: cookie("sid=a") }, {}, { headers: cookie("sid=b") }, {}],
    ],
    ["two clients are two", "s1 s2 s1", [{ client: "1.1.1.1" }, { client: "2.2.2.2" }, { client: "1.1.1.1" }]],
    [
      "two user agents are two",
      "s1 s2 s1",
      [{ headers: [["User-Agent", "A"]] }, { headers: [["User-Agent", "B"]] }, { headers: [["user-agent", "A"]] }],
    ],
    ["the gap begins a new one", "s1 s1 s2", [{ at: 0 }, { at: gapMs }, { at: 2 * gapMs + 1 }]],
    [
      "the gap holds for a cookie too",
      "s1 s2",
      [
        { at: 0, headers: cookie("sid=abc") },
        { at: gapMs + 1, headers: cookie("sid=abc") },
      ],
    ],
    [
      "a cookie that is set leads on",
      "s1 s1 s2",
      [{ set: "sid=abc; Path=/" }, { headers: cookie("sid=abc") }, { headers: cookie("sid=zzz") }],
    ],
    [
      "two visitors from one address, whose first requests carry no cookie, are two",
      "s1 s1 s2 s1 s2 s1",
      [
        { set: "sid=abc" },
        // Nothing tells yet that this is another visitor.
        { set: "sid=def" },
        { headers: cookie("sid=def") },
        { headers: cookie("sid=abc") },
        { headers: cookie("sid=def") },
        { headers: cookie("sid=abc") },
      ],
    ],
    [
      "a visitor who keeps no cookies is one, however many are set",
      "s1 s1 s1 s1",
      ["a1", "b2", "c3", "d4"].map((v) => ({ set: `sid=${v}` })),
    ],
    [
      "after a logout the next cookie leads on",
      "s1 s1 s1 s1",
      [
        { set: "sid=abc" },
        { headers: cookie("sid=abc"), set: "sid=; Max-Age=0" },
        { set: "sid=def" },
        { headers: cookie("sid=def") },
      ],
    ],
    [
      "another site of the same recording has a cookie of its own",
      "s1 s1 s1 s1",
      [
        { headers: cookie("sid=abc") },
        { host: "other", set: "sid=def" },
        { host: "other", headers: cookie("sid=def") },
        { headers: cookie("sid=abc") },
      ],
    ],
    [
      "a login that changes the cookie stays one",
      "s1 s1 s1",
      [
        { headers: cookie("sid=abc") },
        { headers: cookie("sid=abc"), set: "sid=def; HttpOnly" },
        { headers: cookie("sid=def") },
      ],
    ],
    [
      "a cookie whose setting was not seen belongs to the visit before",
      "s1 s1 s2",
      [{}, { headers: cookie("sid=abc") }, { headers: cookie("sid=def") }],
    ],
    [
      "requests without the cookie belong to their client",
      "s1 s1 s1",
      [{ headers: cookie("sid=abc") }, {}, { headers: cookie("sid=abc") }],
    ],
    [
      "an injection in the cookie does not split",
      "s1 s1 s1",
      [{ headers: cookie("sid=abc") }, { headers: cookie("sid=abc' OR 1=1--") }, { headers: cookie("sid=abc%27") }],
    ],
    [
      "a token against forgery does not split",
      "s1 s1",
      [
        { headers: cookie("csrf_token=k3j4h5k3j4h5kj3h4k5jh3k4") },
        { headers: cookie("csrf_token=0d9f8g7d0f9g8d7f0g9d8f7g") },
      ],
    ],
    ["entries out of order find theirs", "s1 s1 s1", [{ at: 10 * minute }, { at: 0 }, { at: 5 * minute }]],
    ["no clock at all is one", "s1 s1", [{ at: null }, { at: null }]],
    [
      "a forged X-Forwarded-For does not matter",
      "s1 s1",
      [
        { client: "1.1.1.1", headers: [["X-Forwarded-For", "9.9.9.9"]] },
        { client: "1.1.1.1", headers: [["X-Forwarded-For", "8.8.8.8"]] },
      ],
    ],
  ])("%s", (_why, want, steps) => {
    expect(group(steps)).toBe(want);
  });

  test("tells each session's extent", () => {
    const grouper = groupSessions({ gapMs });
    grouper.add(exchange(0, { at: 5000, client: "1.1.1.1", headers: [["User-Agent", "A"]] }));
    grouper.add(exchange(1, { at: 1000, client: "1.1.1.1", headers: [["User-Agent", "A"]] }));
    expect(grouper.finish()).toEqual([
      {
        number: 1,
        name: "s1",
        firstIndex: 0,
        lastIndex: 1,
        startedAt: 1000,
        endedAt: 5000,
        client: "1.1.1.1",
        userAgent: "A",
        requests: 2,
      },
    ]);
  });

  test("closes sessions that cannot grow and stays small", () => {
    const grouper = groupSessions({ gapMs, maxOpen: 1000 });
    let closed = 0;
    for (let i = 0; i < 20_000; i++) {
      grouper.add(exchange(i, { at: i * 1000, client: `10.0.${(i >> 8) & 255}.${i & 255}` }));
      if (i % 500 === 0) closed += grouper.takeClosed().length;
      expect(grouper.open()).toBeLessThanOrEqual(1000);
    }
    expect(closed + grouper.finish().length).toBe(20_000);
  });

  test("one wrong date far ahead does not end the others", () => {
    const grouper = groupSessions({ gapMs });
    grouper.add(exchange(0, { at: 0, client: "a" }));
    grouper.add(exchange(1, { at: 1e12, client: "b" }));
    expect(grouper.add(exchange(2, { at: 1000, client: "a" })).name).toBe("s1");
    expect(grouper.takeClosed()).toEqual([]);
    for (let i = 0; i < 20; i++) grouper.add(exchange(3 + i, { at: 1e12 + i, client: "b" }));
    expect(grouper.takeClosed().map((s) => s.name)).toEqual(["s1"]);
  });

  test("every request is in exactly one session, whatever comes", () => {
    const step = fc.record({
      at: fc.option(fc.integer({ min: 0, max: 1e8 })),
      client: fc.option(fc.constantFrom("a", "b")),
      headers: fc.constantFrom<Header[]>([], cookie("sid=abcd"), cookie("sid=efgh; PHPSESSID=x1"), [
        ["User-Agent", "U"],
      ]),
      set: fc.constantFrom("x=1", "sid=abcd", "sid=efgh", "sid=; Max-Age=0"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const grouper = groupSessions({ gapMs, maxOpen: 3 });
        for (const [i, s] of steps.entries()) grouper.add(exchange(i, s));
        const all = grouper.finish();
        expect(all.reduce((sum, s) => sum + s.requests, 0)).toBe(steps.length);
        expect(new Set(all.map((s) => s.name)).size).toBe(all.length);
      }),
      { numRuns: 200 * Number(process.env.TORTURE ?? 1) },
    );
  });
});

describe("sessionRank", () => {
  test.each<[string, string, boolean]>([
    ["PHPSESSID", "x", true],
    ["connect.sid", "s%3Aabc.def%2F", true],
    ["__Host-session", "abc", true],
    ["id", "A9f8s7d6f5g4h3j2k1l0q", true],
    ["_ga", "GA1.2.1234567890.1234567890abcdef", false],
    ["lang", "en", false],
    ["PHPSESSID", "<script>", false],
    ["sid", "../../etc/passwd", false],
    ["sid", "a%20b", false],
  ])("%s=%s: %s", (name, value, want) => {
    expect(sessionRank(name, value) !== null).toBe(want);
  });
});
