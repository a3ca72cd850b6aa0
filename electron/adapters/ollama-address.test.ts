import { expect, test } from "vitest";
import { ollamaOf } from "./ollama-address.ts";

const none = { SENTINEL_OLLAMA_URL: undefined, OLLAMA_HOST: undefined, SENTINEL_OLLAMA_ADDRESSES: "" };

test.each([
  { why: "this machine unless told", given: {}, want: "http://127.0.0.1:11434" },
  { why: "Ollama's own variable", given: { OLLAMA_HOST: "10.0.0.7:1" }, want: "http://10.0.0.7:1" },
  { why: "what listens everywhere", given: { OLLAMA_HOST: "0.0.0.0" }, want: "http://127.0.0.1:11434" },
  { why: "a name without a port", given: { SENTINEL_OLLAMA_URL: "http://ollama/" }, want: "http://ollama:11434" },
  { why: "the scheme's own port", given: { SENTINEL_OLLAMA_URL: "http://ollama:80" }, want: "http://ollama" },
  { why: "TLS", given: { SENTINEL_OLLAMA_URL: "https://ollama" }, want: "https://ollama" },
  {
    why: "ours before Ollama's own",
    given: { OLLAMA_HOST: "10.0.0.7:1", SENTINEL_OLLAMA_URL: "localhost:2" },
    want: "http://localhost:2",
  },
])("$why: $want", ({ given, want }) => {
  expect(ollamaOf({ ...none, ...given })).toEqual({ purpose: "worker", origin: want, addresses: [] });
});

test("it is switched off, and what may be called beside this machine is listed", () => {
  expect(ollamaOf({ ...none, SENTINEL_OLLAMA_URL: "off" })).toBeNull();
  expect(ollamaOf({ ...none, SENTINEL_OLLAMA_ADDRESSES: " 10.0.0.7 ," })?.addresses).toEqual(["10.0.0.7"]);
});

test.each(["http://user:pass@127.0.0.1", "ftp://127.0.0.1 x", "http://", "http://a/b"])("%s is no address", (url) => {
  expect(() => ollamaOf({ ...none, SENTINEL_OLLAMA_URL: url })).toThrow(/^SENTINEL_OLLAMA_URL: it is no address/);
  expect(() => ollamaOf({ ...none, OLLAMA_HOST: url })).toThrow(/^OLLAMA_HOST: it is no address/);
});

// SECURITY: texts of cases go there.
test.each(["192.0.2.7", "169.254.169.254", "ollama.example", "8.8.8.8"])(
  "%s cannot be allowed: it is not private",
  (address) => {
    expect(() => ollamaOf({ ...none, SENTINEL_OLLAMA_ADDRESSES: address })).toThrow(/no private address/);
  },
);
