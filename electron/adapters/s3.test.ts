import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../engine/base/ids.ts";
import { readObject } from "../engine/fleet/read-object.ts";
import { noS3, type S3Server, startS3 } from "./fixture-s3.ts";
import { createS3Store, type S3Options } from "./s3.ts";

const missing = noS3();
if (missing !== null) process.stdout.write(`SKIPPED: a real S3 server: ${missing}\n`);
const never = new AbortController().signal;

async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe.skipIf(missing !== null)("a real S3 server", () => {
  let server: S3Server;
  const body = randomBytes(300_000);
  beforeAll(async () => {
    server = await startS3(["evidence", "secrets"]);
    await server.put("evidence", "a/b c.har", body);
    await server.put("secrets", "key", body);
  }, 60_000);
  afterAll(() => server?.close());

  const open = (more: Partial<S3Options> = {}) =>
    createS3Store({ ...server, region: "us-east-1", buckets: ["evidence"], timeoutMs: 5_000, ...more });
  const uri = "s3://evidence/a/b c.har";

  test("an object is looked at, read whole, and read on from where it broke off", async () => {
    const store = open();
    const { size, version } = await store.look(uri, never);
    expect(size).toBe(body.length);
    expect(await bytesOf(store.read(uri, 0, version, never))).toEqual(body);
    expect(await bytesOf(store.read(uri, 123_456, version, never))).toEqual(body.subarray(123_456));
    store.close();
  });

  test("an object that has changed is not read on", async () => {
    const store = open();
    await server.put("evidence", "changing", body);
    const { version } = await store.look("s3://evidence/changing", never);
    await server.put("evidence", "changing", randomBytes(300_000));
    const rest = bytesOf(store.read("s3://evidence/changing", 1000, version, never));
    await expect(rest).rejects.toMatchObject({ code: "CONFLICT" });
    store.close();
  });

  test.each([
    { why: "an object that is not there", at: "s3://evidence/none", code: "NOT_FOUND" },
    // SECURITY: a message must not make the engine read what its key can, but it should not.
    { why: "a bucket that is not listed", at: "s3://secrets/key", code: "FORBIDDEN" },
    { why: "a URI of another kind", at: "https://evidence/key", code: "INPUT_INVALID" },
    { why: "a URI without a key", at: "s3://evidence/", code: "INPUT_INVALID" },
  ])("$why is refused", async ({ at, code }) => {
    const store = open();
    await expect(store.look(at, never)).rejects.toMatchObject({ code });
    store.close();
  });

  test("a wrong key is told as what can be mended", async () => {
    const store = open({ secretKey: "wrong" });
    await expect(store.look(uri, never)).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining("refuses the access"),
      details: { denied: true },
    });
    store.close();
  });
});

/** A server that answers as it is told, and a store that has 200 ms of patience with it. */
async function serve(answer: RequestListener) {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const endpoint = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const options = { endpoint, region: "us-east-1", accessKey: "a", secretKey: "b", buckets: ["evidence"] };
  const store = createS3Store({ ...options, timeoutMs: 200 });
  return {
    ...store,
    close() {
      store.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

test.each([
  { why: "answers 503", answer: 503, told: /status 503/ },
  { why: "answers 401", answer: 401, told: /refuses the access/ },
  { why: "is silent", answer: null, told: /does not answer/ },
])(
  "a server that $why may be asked again",
  async ({ answer, told }) => {
    const store = await serve((_request, response) => {
      if (answer !== null) response.writeHead(answer).end();
    });
    try {
      await expect(store.look("s3://evidence/key", never)).rejects.toMatchObject({
        code: "UNAVAILABLE",
        message: expect.stringMatching(told),
      });
    } finally {
      store.close();
    }
  },
  30_000,
);

test("an answer that stalls is told, and the object read on from there", async () => {
  const body = randomBytes(50_000);
  const asked: (string | undefined)[] = [];
  const store = await serve(({ method, headers: { range } }, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? "bytes=0-")?.[1]);
    response.writeHead(range === undefined ? 200 : 206, { "content-length": body.length - from, etag: '"1"' });
    if (method === "GET") asked.push(range);
    if (method === "HEAD") response.end();
    else if (range === undefined) response.write(body.subarray(0, 1000));
    // Of the first one nothing more: the connection stays open.
    else response.end(body.subarray(from));
  });
  const told: string[] = [];
  const hear = ({ message }: Error) => void told.push(message);
  const wanted = { uri: "s3://evidence/key", size: body.length, sha256: sha256(body) };
  try {
    expect(await bytesOf(readObject(store, wanted, never, hear))).toEqual(body);
  } finally {
    store.close();
  }
  // Once more where this machine was slower than the store's patience.
  expect(asked.slice(0, 2)).toEqual([undefined, "bytes=1000-"]);
  expect(told[0]).toMatch(/does not answer/);
});
