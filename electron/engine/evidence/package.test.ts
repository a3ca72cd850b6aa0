import { createHash, createHmac, generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { EvidenceProblem } from "../../../shared/evidence.ts";
import type { TrustedKey } from "../../../shared/trusted-key.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import type { Exchange } from "./exchange.ts";
import { checkPackage } from "./package.ts";
import { readExchangeAt, readExchanges } from "./readers.ts";

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const spki = publicKey.export({ format: "der", type: "spki" });
const secret = Buffer.from("a shared secret of enough length");
const keys: TrustedKey[] = [
  { key_id: "ed", alg: "ed25519", key: spki.toString("base64") },
  { key_id: "raw", alg: "ed25519", key: spki.subarray(-32).toString("base64") },
  { key_id: "mac", alg: "hmac-sha256", key: secret.toString("base64") },
];

const requests = [
  {
    method: "GET",
    url: "http://h:81/a?b='",
    headers: { Cookie: "x=1" },
    client_address: "1.2.3.4",
    started_at: "2026-01-01T00:00:00Z",
    duration_ms: 4,
    response: { status: 500, body: "err", size: 3 },
  },
  {
    method: "POST",
    url: "/l",
    headers: [
      ["Host", "q"],
      ["A", "1"],
      ["A", "2"],
    ],
    body: "u=\u00e9",
  },
];
const har = {
  log: { entries: [{ startedDateTime: "2026-01-01T00:00:00Z", request: { method: "GET", url: "http://h/1" } }] },
};

const hashOf = (content: unknown) => createHash("sha256").update(canonicalJson(content)).digest("hex");
const packed = (content: object, over: object = {}) => ({
  ...content,
  metadata: { from: "probe" },
  sha256: hashOf(Object.values(content)[0]),
  ...over,
});
const signed = (key_id: string, over: object = {}) => {
  const bytes = Buffer.from(canonicalJson(requests));
  const value = key_id === "mac" ? createHmac("sha256", secret).update(bytes).digest() : sign(null, bytes, privateKey);
  return packed(
    { requests },
    {
      signature: {
        alg: key_id === "mac" ? "hmac-sha256" : "ed25519",
        key_id,
        value: value.toString("base64"),
        ...over,
      },
    },
  );
};
const bytesOf = (value: unknown) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value));

async function read(value: unknown) {
  const exchanges: Exchange[] = [];
  const problems: EvidenceProblem[] = [];
  async function* source() {
    yield bytesOf(value);
  }
  for await (const batch of readExchanges("package", source(), { keys, onProblem: (p) => problems.push(p) }))
    exchanges.push(...batch);
  return { exchanges, problems };
}

describe("checkPackage", () => {
  test.each([
    ["no signature", packed({ requests }), null],
    ["Ed25519, SPKI", signed("ed"), "ed"],
    ["Ed25519, raw key", signed("raw"), "raw"],
    ["HMAC", signed("mac"), "mac"],
  ])("accepts %s", (_why, value, keyId) => {
    expect(checkPackage(bytesOf(value), keys)).toMatchObject({
      content: "requests",
      sha256: hashOf(requests),
      metadata: { from: "probe" },
    });
    expect(checkPackage(bytesOf(value), keys).signature?.keyId ?? null).toBe(keyId);
  });

  test("what a revoked key signed counts for nothing, whatever it says of its age", () => {
    const revoked = keys.map((key) => (key.key_id === "ed" ? { ...key, revoked_at: "2026-01-01T00:00:00.000Z" } : key));
    const refused = expect.objectContaining({ code: "EVIDENCE_KEY_REVOKED" });
    expect(() => checkPackage(bytesOf(signed("ed")), revoked)).toThrow(refused);
    expect(checkPackage(bytesOf(signed("raw")), revoked).signature?.keyId).toBe("raw");
  });

  test("the hash does not depend on order of members or spacing", () => {
    const { har: content, ...rest } = packed({ har }) as unknown as { har: { log: object } };
    expect(checkPackage(bytesOf(JSON.stringify({ ...rest, har: content }, null, 3)), keys).content).toBe("har");
  });

  const hidden = `{"sha256":"${hashOf([])}","requests":[{"method":"GET","url":"/evil"}],"requests":[]}`;
  const first = JSON.stringify(requests[0]);
  const twice = `{"sha256":"${hashOf(har)}","har":{"log":{"entries":[${first}]}},"har":${JSON.stringify(har)}}`;
  const swapped = `{"sha256":"${hashOf(har)}","har":{"log":{"entries":[${first}]},"log":${JSON.stringify(har.log)}}}`;
  test.each<[string, unknown, string]>([
    [
      "changed content",
      packed({ requests: [{ ...requests[0], method: "PUT" }] }, { sha256: hashOf(requests) }),
      "EVIDENCE_HASH_MISMATCH",
    ],
    ["a wrong signature", signed("ed", { value: Buffer.alloc(64).toString("base64") }), "EVIDENCE_SIGNATURE_INVALID"],
    ["a short signature", signed("mac", { value: "AA==" }), "EVIDENCE_SIGNATURE_INVALID"],
    [
      "a public key used as an HMAC secret",
      signed("ed", {
        alg: "hmac-sha256",
        value: createHmac("sha256", spki).update(canonicalJson(requests)).digest("base64"),
      }),
      "EVIDENCE_SIGNATURE_INVALID",
    ],
    ["an unknown key", signed("ed", { key_id: "other" }), "EVIDENCE_KEY_UNKNOWN"],
    ["neither har nor requests", packed({ x: 1 }), "EVIDENCE_UNREADABLE"],
    ["both", packed({ requests }, { har }), "EVIDENCE_UNREADABLE"],
    ["an unknown member", packed({ requests }, { extra: 1 }), "EVIDENCE_UNREADABLE"],
    ["a list that hides behind a second one", hidden, "EVIDENCE_UNREADABLE"],
    ["a HAR that hides behind a second one", twice, "EVIDENCE_UNREADABLE"],
    ["a log that hides behind a second one", swapped, "EVIDENCE_UNREADABLE"],
    ["no JSON", "{", "EVIDENCE_UNREADABLE"],
    [
      "deep nesting",
      `{"requests":[],"metadata":{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}},"sha256":"${hashOf([])}"}`,
      "EVIDENCE_UNREADABLE",
    ],
    ["a lone surrogate", `{"har":{"a":"\\ud800"},"sha256":"${"0".repeat(64)}"}`, "EVIDENCE_UNREADABLE"],
    ["a number beyond range", `{"har":{"a":1e999},"sha256":"${"0".repeat(64)}"}`, "EVIDENCE_UNREADABLE"],
    ["invalid UTF-8", Buffer.from([0x7b, 0xff, 0x7d]).toString("latin1"), "EVIDENCE_UNREADABLE"],
  ])("refuses %s", (_why, value, code) => {
    expect(() => checkPackage(bytesOf(value), keys)).toThrow(expect.objectContaining({ code }));
  });

  test("refuses more than the limit before holding it", async () => {
    async function* endless() {
      for (;;) yield Buffer.alloc(1024 ** 2);
    }
    const reading = readExchanges("package", endless(), { limits: { packageBytes: 3 * 1024 ** 2 } });
    await expect(reading.next()).rejects.toMatchObject({ code: "INPUT_TOO_LARGE" });
  });
});

describe("readPackage", () => {
  test("reads requests, and each again by its place", async () => {
    const { exchanges, problems } = await read(signed("ed"));
    expect(problems).toEqual([]);
    expect(exchanges).toMatchObject([
      {
        method: "GET",
        scheme: "http",
        host: "h:81",
        target: "/a?b='",
        headers: [["Cookie", "x=1"]],
        clientAddress: "1.2.3.4",
        startedAt: Date.UTC(2026, 0, 1),
        durationMs: 4,
        body: null,
        response: { status: 500, body: "err", size: 3 },
      },
      {
        method: "POST",
        host: "q",
        target: "/l",
        headers: [
          ["Host", "q"],
          ["A", "1"],
          ["A", "2"],
        ],
        body: "u=\u00e9",
        startedAt: null,
        response: null,
      },
    ]);
    const bytes = bytesOf(signed("ed"));
    for (const e of exchanges)
      expect(await readExchangeAt("package", bytes.subarray(e.offset, e.offset + e.length), e)).toEqual(e);
  });

  test("reads a HAR", async () => {
    const { exchanges } = await read(packed({ har }));
    expect(exchanges).toMatchObject([{ index: 0, host: "h", target: "/1" }]);
  });

  test("goes on after an entry that is no request", async () => {
    const content = [{ method: "GET", url: "data:x" }, requests[1]];
    const { exchanges, problems } = await read(packed({ requests: content }));
    expect(problems).toMatchObject([{ place: "entry 1" }]);
    expect(exchanges.map((e) => e.index)).toEqual([1]);
  });
});
