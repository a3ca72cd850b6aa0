import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { keyNameProblem, keyProblem, readKeyText } from "./trusted-key.ts";

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const spki = publicKey.export({ type: "spki", format: "der" });
const other = generateKeyPairSync("x25519").publicKey.export({ type: "spki", format: "der" });

test.each([
  { why: "the raw key", key: spki.subarray(-32).toString("base64"), problem: null },
  { why: "the key in SPKI", key: spki.toString("base64"), problem: null },
  { why: "a PEM file", key: publicKey.export({ type: "spki", format: "pem" }).toString(), problem: null },
  { why: "nothing", key: "", problem: "the public key is missing" },
  { why: "a word", key: "my key!", problem: "the key is not written in base64" },
  { why: "too few bytes", key: Buffer.alloc(31).toString("base64"), problem: /32 bytes/ },
  { why: "a key of another kind", key: other.toString("base64"), problem: /no Ed25519 public key/ },
  {
    why: "a private key",
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    problem: /a private key, which stays/,
  },
])("$why as an Ed25519 key: $problem", ({ key, problem }) => {
  const found = keyProblem({ alg: "ed25519", key: readKeyText(key) });
  if (problem === null) expect(found).toBeNull();
  else expect(found).toMatch(problem);
});

test.each([
  { bytes: 32, problem: null },
  { bytes: 16, problem: null },
  { bytes: 15, problem: /at least 16 bytes/ },
  { bytes: 0, problem: /missing/ },
])("a secret of $bytes bytes: $problem", ({ bytes, problem }) => {
  const found = keyProblem({ alg: "hmac-sha256", key: Buffer.alloc(bytes, 1).toString("base64") });
  if (problem === null) expect(found).toBeNull();
  else expect(found).toMatch(problem);
});

test.each([
  { name: "lab-2026", problem: null },
  { name: " ", problem: /missing/ },
  { name: "lab ", problem: /blank/ },
  { name: "x".repeat(201), problem: /200/ },
  { name: "partner", problem: /another key/ },
])("$name as a name: $problem", ({ name, problem }) => {
  const found = keyNameProblem(name, ["partner"]);
  if (problem === null) expect(found).toBeNull();
  else expect(found).toMatch(problem);
});
