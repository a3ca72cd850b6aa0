import { expect, test } from "vitest";
import { adoptFragment, credentialsMode } from "./token.ts";

function open(hash: string) {
  const kept = new Map<string, string>();
  const urls: string[] = [];
  adoptFragment(
    { hash, pathname: "/", search: "" } as Location,
    { replaceState: (_: unknown, __: string, url: string) => urls.push(url) } as unknown as History,
    { setItem: (name: string, value: string) => kept.set(name, value) } as unknown as Storage,
  );
  return { kept: Object.fromEntries(kept), urls };
}

test("the token leaves the URL and is kept for the tab", () => {
  expect(open("#token=abc")).toEqual({ kept: { "sentinel.token": "abc" }, urls: ["/#/verdicts"] });
});

test("without a token nothing is touched", () => {
  expect(open("#/audit")).toEqual({ kept: {}, urls: [] });
});

test.each(["http://example.com:1/", "https://127.0.0.1:1/", "http://127.0.0.1.example.com/", "nonsense"])(
  "a panic address outside this machine is refused: %s",
  (address) => {
    expect(open(`#token=abc&panic=${encodeURIComponent(address)}`).kept).toEqual({ "sentinel.token": "abc" });
  },
);

test("a panic address on loopback is kept", () => {
  expect(open(`#token=abc&panic=${encodeURIComponent("http://127.0.0.1:4000/panic")}`).kept).toEqual({
    "sentinel.token": "abc",
    "sentinel.panic": "http://127.0.0.1:4000/panic",
  });
});

test.each([
  { why: "over the network the certificate says who calls", token: null, protocol: "https:", want: "same-origin" },
  { why: "where a token does, nothing else is sent", token: "t", protocol: "https:", want: "omit" },
  { why: "on loopback", token: null, protocol: "http:", want: "omit" },
  { why: "in the desktop shell", token: null, protocol: "sentinel:", want: "omit" },
])("credentials: $why", ({ token, protocol, want }) => {
  expect(credentialsMode(token, protocol)).toBe(want);
});
