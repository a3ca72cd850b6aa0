import { expect, test } from "vitest";
import type { Place } from "../../../shared/payload.ts";
import type { AttackOutcome } from "../../../shared/verdict.ts";
import type { Exchange, ExchangeResponse, Header } from "../evidence/exchange.ts";
import { judgeOutcome, requestedDelay } from "./outcome.ts";
import type { ClassifierOutput } from "./payload.ts";
import { createRouteBaselines, type RouteBaseline, routeOf } from "./route-baseline.ts";

const html: Header[] = [["Content-Type", "text/html; charset=utf-8"]];
const jsonType: Header[] = [["Content-Type", "application/json"]];
const page: RouteBaseline = { count: 5, medianSize: 4000, sizeSpread: 0.01, medianDurationMs: 120 };

function respond(body: string | null, parts: Partial<ExchangeResponse> = {}): ExchangeResponse {
  return { status: 200, headers: html, size: body === null ? null : body.length, body, bodyCut: false, ...parts };
}

function exchangeOf(
  response: ExchangeResponse | null,
  durationMs: number | null = 100,
  index = 0,
  target = "/item?id=1",
): Exchange {
  return {
    index,
    offset: 0,
    length: 0,
    startedAt: null,
    durationMs,
    clientAddress: null,
    method: "GET",
    scheme: "http",
    host: "a.example",
    target,
    httpVersion: "HTTP/1.1",
    headers: [],
    body: null,
    bodyCut: false,
    response,
  };
}

type Class = ClassifierOutput["class"];

test.each<{
  why: string;
  text: string;
  name: Class;
  place?: Place;
  response: ExchangeResponse | null;
  durationMs?: number | null;
  baseline?: RouteBaseline | null;
  want: AttackOutcome;
}>([
  { why: "no response", text: "' or 1=1--", name: "sql_injection", response: null, want: "not_available" },
  {
    why: "a response of which nothing was recorded",
    text: "' or 1=1--",
    name: "sql_injection",
    response: respond(null, { status: null }),
    want: "not_available",
  },
  {
    why: "the list of users",
    text: "../../etc/passwd",
    name: "path_traversal",
    response: respond("root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:"),
    want: "succeeded",
  },
  {
    why: "a list of users that the payload brought",
    text: "root:x:0:0:root:/root:/bin/bash",
    name: "path_traversal",
    response: respond("you sent root:x:0:0:root:/root:/bin/bash"),
    want: "unclear",
  },
  {
    why: "the output of id",
    text: "127.0.0.1;id",
    name: "command_injection",
    response: respond("<pre>uid=33(www-data) gid=33(www-data)</pre>"),
    want: "succeeded",
  },
  {
    why: "an entity that was read",
    text: '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
    name: "xxe",
    place: "xml",
    response: respond("<o>root:x:0:0:root:/root:/bin/sh</o>"),
    want: "succeeded",
  },
  {
    why: "a database error",
    text: "1'",
    name: "sql_injection",
    response: respond("SqliteError: unrecognized token: \"'1''\"", { status: 500 }),
    want: "likely_succeeded",
  },
  {
    why: "a database error that is shown escaped",
    text: "1'",
    name: "sql_injection",
    response: respond("<p>near &quot;&#39;1&quot;: syntax error</p>", { status: 500 }),
    want: "likely_succeeded",
  },
  {
    why: "a page that merely mentions databases",
    text: "1'",
    name: "sql_injection",
    response: respond("<p>Learn SQL syntax with us</p>"),
    want: "unclear",
  },
  {
    why: "a database error where the attack was another",
    text: "<b>x</b>",
    name: "xss",
    response: respond("You have an error in your SQL syntax", { status: 500 }),
    want: "unclear",
  },
  {
    why: "mark-up that came back",
    text: "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    name: "xss",
    place: "query",
    response: respond("<html>Results for <script>alert(1)</script></html>"),
    want: "likely_succeeded",
  },
  {
    why: "mark-up that came back escaped",
    text: "%3Cscript%3Ealert('1')%3C%2Fscript%3E",
    name: "xss",
    place: "query",
    response: respond("<html>Results for &lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;</html>"),
    want: "likely_failed",
  },
  {
    why: "an attribute that was closed",
    text: '" onmouseover="alert(1)',
    name: "xss",
    response: respond('<input value="" onmouseover="alert(1)">'),
    want: "likely_succeeded",
  },
  {
    why: "mark-up within JSON",
    text: "<script>alert(1)</script>",
    name: "xss",
    response: respond('{"q":"<script>alert(1)</script>"}', { headers: jsonType }),
    want: "likely_failed",
  },
  {
    why: "mark-up under a policy against inline scripts",
    text: "<script>alert(1)</script>",
    name: "xss",
    response: respond("<p><script>alert(1)</script>", {
      headers: [...html, ["Content-Security-Policy", "default-src 'self'"]],
    }),
    want: "unclear",
  },
  {
    why: "mark-up under a policy that allows inline scripts",
    text: "<script>alert(1)</script>",
    name: "xss",
    response: respond("<p><script>alert(1)</script>", {
      headers: [...html, ["Content-Security-Policy", "script-src 'self' 'unsafe-inline'"]],
    }),
    want: "likely_succeeded",
  },
  {
    why: "mark-up that came back in an error page",
    text: "<img src=x onerror=alert(1)>",
    name: "xss",
    response: respond("<h1>Not found: <img src=x onerror=alert(1)></h1>", { status: 404 }),
    want: "likely_succeeded",
  },
  {
    why: "a delay on a page that is quick",
    text: "1' AND SLEEP(5)--",
    name: "sql_injection",
    response: respond("ok"),
    durationMs: 5120,
    baseline: page,
    want: "succeeded",
  },
  {
    why: "a delay without comparison",
    text: "1;waitfor delay '0:0:5'--",
    name: "sql_injection",
    response: respond("ok"),
    durationMs: 5120,
    want: "likely_succeeded",
  },
  {
    why: "a delay on a page that is always slow",
    text: ";sleep 5",
    name: "command_injection",
    response: respond("ok"),
    durationMs: 6000,
    baseline: { ...page, medianDurationMs: 5500 },
    want: "unclear",
  },
  {
    why: "a delay that did not come",
    text: "1' AND SLEEP(5)--",
    name: "sql_injection",
    response: respond("ok"),
    durationMs: 90,
    baseline: page,
    want: "likely_failed",
  },
  {
    why: "a refusal",
    text: "' or 1=1--",
    name: "sql_injection",
    response: respond("no", { status: 403 }),
    want: "likely_failed",
  },
  {
    why: "nothing there",
    text: "../../x",
    name: "path_traversal",
    response: respond("no", { status: 404 }),
    want: "likely_failed",
  },
  {
    why: "a server failure",
    text: "' or 1=1--",
    name: "sql_injection",
    response: respond("oops", { status: 500 }),
    want: "unclear",
  },
  {
    why: "a much larger answer",
    text: "' or 1=1--",
    name: "sql_injection",
    response: respond(null, { size: 50_000 }),
    baseline: page,
    want: "likely_succeeded",
  },
  {
    why: "the usual answer",
    text: "' or 1=1--",
    name: "sql_injection",
    response: respond(null, { size: 4010 }),
    baseline: page,
    want: "likely_failed",
  },
  {
    why: "a larger answer where size says nothing",
    text: "<b>",
    name: "xss",
    response: respond(null, { size: 50_000 }),
    baseline: page,
    want: "unclear",
  },
  {
    why: "a calculation that was made",
    text: "{{1337*7331}}",
    name: "command_injection",
    response: respond("<p>Hello 9801547</p>"),
    want: "likely_succeeded",
  },
  {
    why: "a calculation that was not made",
    text: "{{1337*7331}}",
    name: "command_injection",
    response: respond("<p>Hello {{1337*7331}}</p>"),
    want: "unclear",
  },
  {
    why: "a forged form that was taken",
    text: "https://x",
    name: "csrf",
    response: respond("saved"),
    want: "likely_succeeded",
  },
  {
    why: "a forged form that was refused",
    text: "https://x",
    name: "csrf",
    response: respond("", { status: 403 }),
    want: "likely_failed",
  },
  {
    why: "a forged form sent to the login",
    text: "https://x",
    name: "csrf",
    response: respond("", { status: 302, headers: [["Location", "/login?next=/"]] }),
    want: "likely_failed",
  },
])("judges $why", ({ text, name, place, response, durationMs, baseline, want }) => {
  const judged = judgeOutcome(
    { text, place: place ?? "query" },
    { class: name, family: null },
    exchangeOf(response, durationMs ?? null),
    baseline ?? null,
  );
  expect(judged.outcome, judged.reason).toBe(want);
  expect(judged.reason).toMatch(/^[A-Z].*\.$/);
  // The reason is shown in lists and logs: no text of the payload in it.
  if (text.length > 6) expect(judged.reason).not.toContain(text);
});

test.each([
  ["1 and pg_sleep(3)", 3],
  ["$(sleep 10)", 10],
  ["waitfor delay '00:01:05'", 65],
  ["ping -c 6 127.0.0.1", 5],
  ["dbms_pipe.receive_message('a',7)", 7],
  ["I sleep 8 hours", 8],
  ["sleepy(4)", null],
  ["sleep(0)", null],
])("delay asked for by %j", (text, want) => {
  expect(requestedDelay(text)).toBe(want);
});

test("a page's baseline leaves out the request itself, attacks and failures", () => {
  const baselines = createRouteBaselines();
  const add = (index: number, size: number, isAttack = false, status = 200, target = `/item/${index}?x=${index}`) =>
    baselines.add(exchangeOf(respond(null, { size, status }), size / 10, index, target), isAttack);
  for (const [index, size] of [1000, 1010, 990, 1000].entries()) add(index, size);
  add(4, 90_000, true);
  add(5, 10, false, 500);
  add(6, 77, false, 200, "/other");
  const of = (index: number, target: string) => baselines.of(exchangeOf(respond("x"), 1, index, target));
  expect(of(4, "/item/4")).toEqual({ count: 4, medianSize: 1000, sizeSpread: 0.01, medianDurationMs: 100 });
  expect(of(1, "/item/1")?.count).toBe(3);
  expect(of(6, "/other")).toBeNull();
  expect(of(9, "/never")).toBeNull();
  expect(routeOf(exchangeOf(null, null, 0, "/a/12/0123456789abcdef0123?q=1"))).toBe("GET /a/{id}/{id}");
});

test.each([
  "root:",
  ":0:0:",
  "uid=1(",
  "<",
  "'",
  "drwx",
  "sqlite",
  "ora-1",
  "sh: ",
  'near "',
  "{{9*",
  "sleep ",
  "ping -c ",
  "&lt;",
  "PATH=/",
])("a hostile response of %j is judged in linear time", (unit) => {
  const body = unit.repeat(Math.floor(524_288 / unit.length));
  const started = performance.now();
  for (const name of ["sql_injection", "xss", "command_injection", "path_traversal", "xxe"] as const) {
    judgeOutcome(
      { text: body.slice(0, 200_000), place: "query" },
      { class: name, family: null },
      exchangeOf(respond(body)),
      page,
    );
  }
  expect(performance.now() - started).toBeLessThan(10_000);
});
