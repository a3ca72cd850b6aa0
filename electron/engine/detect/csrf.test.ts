import { expect, test } from "vitest";
import type { Exchange, Header } from "../evidence/exchange.ts";
import { judgeCsrf } from "./csrf.ts";

const session: Header = ["Cookie", "JSESSIONID=abc; theme=dark"];
const form: Header = ["Content-Type", "application/x-www-form-urlencoded"];
const host: Header = ["Host", "bank.example"];
const evil: Header = ["Origin", "https://evil.test"];

function post(headers: Header[], body = "amount=100&to=7", parts: Partial<Exchange> = {}): Exchange {
  return {
    index: 0,
    offset: 0,
    length: 0,
    startedAt: null,
    durationMs: null,
    clientAddress: null,
    method: "POST",
    scheme: "https",
    host: "bank.example",
    target: "/transfer",
    httpVersion: "HTTP/1.1",
    headers,
    body,
    bodyCut: false,
    response: null,
    ...parts,
  };
}

test.each<{ why: string; exchange: Exchange; atLeast: number; header: number }>([
  { why: "a form of another origin", exchange: post([host, form, session, evil]), atLeast: 0.9, header: 3 },
  {
    why: "multipart of another origin",
    exchange: post(
      [host, ["Content-Type", "multipart/form-data; boundary=x"], session, evil],
      '--x\r\nContent-Disposition: form-data; name="email"\r\n\r\na\r\n--x--',
    ),
    atLeast: 0.9,
    header: 3,
  },
  {
    why: "an origin that hides itself",
    exchange: post([host, form, session, ["Origin", "null"]]),
    atLeast: 0.85,
    header: 3,
  },
  {
    why: "a page of another site",
    exchange: post([host, form, session, ["Referer", "http://evil.test/a?b"]]),
    atLeast: 0.85,
    header: 3,
  },
  {
    why: "with fetch metadata",
    exchange: post([host, form, session, evil, ["Sec-Fetch-Site", "cross-site"]]),
    atLeast: 0.95,
    header: 3,
  },
  {
    why: "JSON as plain text",
    exchange: post([host, ["Content-Type", "text/plain"], session, evil], '{"role":"admin"}'),
    atLeast: 0.95,
    header: 3,
  },
  {
    why: "no body at all",
    exchange: post([host, session, evil], "", { target: "/account/delete" }),
    atLeast: 0.9,
    header: 2,
  },
  {
    why: "a site that only begins like this one",
    exchange: post([host, form, session, ["Origin", "https://bank.example.evil.test"]]),
    atLeast: 0.9,
    header: 3,
  },
  {
    why: "a neighbour under a registry's second level",
    exchange: post([["Host", "a.co.uk"], form, session, ["Origin", "https://b.co.uk"]]),
    atLeast: 0.9,
    header: 3,
  },
  {
    why: "another address",
    exchange: post([["Host", "10.0.0.1:8080"], form, session, ["Origin", "http://10.0.0.2"]]),
    atLeast: 0.9,
    header: 3,
  },
])("fires on $why", ({ exchange, atLeast, header }) => {
  const judgement = judgeCsrf(exchange)!;
  expect(judgement).not.toBeNull();
  expect(judgement.output.class).toBe("csrf");
  expect(judgement.output.confidence).toBeGreaterThanOrEqual(atLeast);
  expect(judgement.output.probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
  expect(judgement.header).toBe(header);
  expect(judgement.reason).not.toContain("evil");
});

test.each<{ why: string; exchange: Exchange }>([
  { why: "the same origin", exchange: post([host, form, session, ["Origin", "https://bank.example"]]) },
  {
    why: "the same site on another port",
    exchange: post([host, form, session, ["Origin", "https://bank.example:8443"]]),
  },
  {
    why: "a sister host",
    exchange: post([["Host", "api.bank.example"], form, session, ["Origin", "https://www.bank.example"]]),
  },
  {
    why: "no Origin and a Referer of its own",
    exchange: post([host, form, session, ["Referer", "https://bank.example/form"]]),
  },
  { why: "neither Origin nor Referer", exchange: post([host, form, session]) },
  {
    why: "a hidden origin with a Referer of its own",
    exchange: post([host, form, session, ["Origin", "null"], ["Referer", "https://bank.example/"]]),
  },
  { why: "no cookie", exchange: post([host, form, evil]) },
  { why: "a bearer token", exchange: post([host, form, session, evil, ["Authorization", "Bearer x"]]) },
  {
    why: "JSON, which needs a preflight",
    exchange: post([host, ["Content-Type", "application/json"], session, evil], "{}"),
  },
  { why: "a custom header", exchange: post([host, form, session, evil, ["X-Requested-With", "XMLHttpRequest"]]) },
  { why: "a token header", exchange: post([host, form, session, evil, ["X-CSRF-Token", "x"]]) },
  { why: "a token field", exchange: post([host, form, session, evil], "amount=1&csrfmiddlewaretoken=x") },
  {
    why: "a token in the query",
    exchange: post([host, form, session, evil], "a=1", { target: "/t?authenticity_token=x" }),
  },
  {
    why: "a token in multipart",
    exchange: post(
      [host, ["Content-Type", "multipart/form-data; boundary=x"], session, evil],
      '--x\r\nContent-Disposition: form-data; name="_token"\r\n\r\na\r\n--x--',
    ),
  },
  {
    why: "a token in disguised JSON",
    exchange: post([host, ["Content-Type", "text/plain"], session, evil], '{"csrf_token":"x"}'),
  },
  { why: "reading", exchange: post([host, session, evil], "", { method: "GET" }) },
  { why: "PUT, which needs a preflight", exchange: post([host, form, session, evil], "a=1", { method: "PUT" }) },
  {
    why: "SAML",
    exchange: post([host, form, session, evil], "SAMLResponse=x&RelayState=y", { target: "/login/finish" }),
  },
  {
    why: "OpenID Connect form_post",
    exchange: post([host, form, session, evil], "code=x&state=y", { target: "/signin" }),
  },
  { why: "3-D Secure", exchange: post([host, form, session, evil], "PaRes=x&MD=y", { target: "/checkout/3ds" }) },
  {
    why: "a payment notification",
    exchange: post([host, form, session, evil], "payment_status=Completed&txn_id=1", { target: "/paid" }),
  },
  {
    why: "a learning tool's launch",
    exchange: post([host, form, session, evil], "oauth_signature=x&lti_message_type=y", { target: "/launch" }),
  },
  {
    why: "fetch metadata that says same-origin",
    exchange: post([host, form, session, evil, ["Sec-Fetch-Site", "same-origin"]]),
  },
  { why: "evidence without headers", exchange: { ...post([]), headers: null } },
  { why: "evidence with some headers", exchange: { ...post([host, form, session, evil]), headersPartial: true } },
])("is silent on $why", ({ exchange }) => {
  expect(judgeCsrf(exchange)).toBeNull();
});

test("cookies that are no session weigh less", () => {
  const weak = judgeCsrf(post([host, form, ["Cookie", "theme=dark"], evil], "q=1", { target: "/vote" }))!;
  const strong = judgeCsrf(post([host, form, session, evil], "q=1", { target: "/vote" }))!;
  expect(weak.output.probabilities[5]).toBeLessThan(0.98);
  expect(strong.output.probabilities[5]).toBeGreaterThan(0.99);
});

test("hostile requests are judged in linear time", () => {
  for (const unit of ["&", "=", 'name="', "a=b&", "token", "[", "://"]) {
    const long = unit.repeat(Math.floor(1_048_576 / unit.length));
    const started = performance.now();
    judgeCsrf(
      post([host, form, ["Cookie", long], ["Origin", long], ["Referer", `http://${long}`]], long, {
        target: `/${long}`,
      }),
    );
    judgeCsrf(post([host, form, ["Cookie", long], evil], long, { target: `/${long}` }));
    judgeCsrf(post([host, ["Content-Type", "multipart/form-data"], session, evil], long));
    judgeCsrf(post([host, ["Content-Type", "text/plain"], session, evil], `{"${long}`));
    expect(performance.now() - started).toBeLessThan(10_000);
  }
});
