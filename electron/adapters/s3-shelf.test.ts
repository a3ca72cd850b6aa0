import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import {
  GetObjectRetentionCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { getFromShelf, inMemory } from "../engine/fleet/object-shelf.ts";
import { noS3, type S3Server, startS3 } from "./fixture-s3.ts";
import { createS3Shelf, type ShelfOptions } from "./s3-shelf.ts";

const missing = noS3();
if (missing !== null) process.stdout.write(`SKIPPED: a shelf on a real S3 server: ${missing}\n`);
const never = new AbortController().signal;
const clock = { now: () => Date.now() };
const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const contentOf = (bytes: Uint8Array) => inMemory(bytes, hash(bytes));
const body = randomBytes(300_000);

async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(source));
}

describe.skipIf(missing !== null)("a shelf on a real S3 server", () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3(["plain"], ["locked"]);
  }, 60_000);
  afterAll(() => server?.close());

  const open = (more: Partial<ShelfOptions> = {}) =>
    createS3Shelf({
      ...{ endpoint: server.endpoint, accessKey: server.accessKey, secretKey: server.secretKey, region: "us-east-1" },
      ...{ bucket: "plain", lock: null, encryption: null, timeoutMs: 5_000, clock },
      ...more,
    });

  test("what was put is there once, by its hash, and is listed, read, and removed", async () => {
    const shelf = open();
    const key = `things/${hash(body)}.bin`;
    expect(await shelf.put(key, contentOf(body), never)).toBe("put");
    expect(await shelf.put(key, contentOf(body), never)).toBe("there");
    expect(await shelf.look(key, never)).toMatchObject({ size: body.length, sha256: hash(body) });
    const wanted = { key, sha256: hash(body), mostBytes: 1_000_000 };
    expect(await bytesOf(getFromShelf(shelf, wanted, never))).toEqual(body);
    const { version } = await shelf.look(key, never);
    expect(await bytesOf(shelf.read(key, 123_456, version, never))).toEqual(body.subarray(123_456));
    const listed = await Array.fromAsync(shelf.list("things/", never));
    expect(listed).toEqual([{ key, size: body.length, at: expect.stringMatching(/^20\d\d-/) }]);
    expect(await Array.fromAsync(shelf.list("other/", never))).toEqual([]);
    await shelf.remove(key, never);
    await expect(shelf.look(key, never)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await shelf.remove(key, never);
    shelf.close();
  });

  test("what has a key already stays, whoever else wants it", async () => {
    const shelf = open();
    await shelf.put("taken", contentOf(body), never);
    await expect(shelf.put("taken", contentOf(randomBytes(300_000)), never)).rejects.toMatchObject({
      code: "CONFLICT",
    });
    const rest = getFromShelf(shelf, { key: "taken", sha256: hash(body), mostBytes: 1_000_000 }, never);
    expect(await bytesOf(rest)).toEqual(body);
    // Two at the same moment: one is put.
    const both = await Promise.all([1, 2].map(() => open().put("at-once", contentOf(body), never)));
    expect(both.sort()).toEqual(["put", "there"]);
    shelf.close();
  });

  test("content that changed on its way is refused by the server, and nothing is there", async () => {
    const shelf = open();
    const changed = { ...contentOf(body), sha256: hash(randomBytes(8)) };
    await expect(shelf.put("changed", changed, never)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await expect(shelf.look("changed", never)).rejects.toMatchObject({ code: "NOT_FOUND" });
    shelf.close();
  });

  test("what is larger or other than it should be is not taken", async () => {
    const shelf = open();
    await shelf.put("wanted", contentOf(body), never);
    const large = getFromShelf(shelf, { key: "wanted", sha256: hash(body), mostBytes: 299_999 }, never);
    await expect(bytesOf(large)).rejects.toMatchObject({ code: "INPUT_TOO_LARGE" });
    const other = getFromShelf(shelf, { key: "wanted", sha256: "0".repeat(64), mostBytes: 1_000_000 }, never);
    await expect(bytesOf(other)).rejects.toMatchObject({ code: "EVIDENCE_HASH_MISMATCH" });
    shelf.close();
  });

  test("more than a page is listed whole", async () => {
    const shelf = open();
    await Promise.all(
      Array.from({ length: 1005 }, (_, i) => server.put("plain", `many/${String(i).padStart(4, "0")}`, Buffer.of(1))),
    );
    expect((await Array.fromAsync(shelf.list("many/", never))).map(({ key }) => key).slice(-2)).toEqual([
      "many/1003",
      "many/1004",
    ]);
    shelf.close();
  }, 30_000);

  test.each(["GOVERNANCE", "COMPLIANCE"] as const)(
    "retention %s is set, and keeps what is to be removed",
    async (mode) => {
      const shelf = open({ bucket: "locked", lock: { mode, days: 3 } });
      const key = `kept/${mode}`;
      await shelf.put(key, contentOf(body), never);
      const { Retention } = await server.client.send(new GetObjectRetentionCommand({ Bucket: "locked", Key: key }));
      expect(Retention?.Mode).toBe(mode);
      expect(Math.abs(Retention!.RetainUntilDate!.getTime() - Date.now() - 3 * 86_400_000)).toBeLessThan(60_000);
      await expect(shelf.remove(key, never)).rejects.toMatchObject({
        code: "OBJECT_HELD",
        message: expect.stringMatching(/retained until 20.*It was not removed/),
      });
      // It is not even hidden.
      expect((await shelf.look(key, never)).size).toBe(body.length);
      shelf.close();
    },
  );

  test("a legal hold keeps it, too", async () => {
    const shelf = open({ bucket: "locked" });
    await shelf.put("held", contentOf(body), never);
    const hold = (Status: "ON" | "OFF") =>
      server.client.send(new PutObjectLegalHoldCommand({ Bucket: "locked", Key: "held", LegalHold: { Status } }));
    await hold("ON");
    await expect(shelf.remove("held", never)).rejects.toMatchObject({
      code: "OBJECT_HELD",
      message: expect.stringContaining("legal hold"),
    });
    await hold("OFF");
    await shelf.remove("held", never);
    const { Versions = [] } = await server.client.send(
      new ListObjectVersionsCommand({ Bucket: "locked", Prefix: "held" }),
    );
    expect(Versions).toEqual([]);
    shelf.close();
  });

  test("every version goes, and none of what only begins with the key", async () => {
    const shelf = open({ bucket: "locked" });
    for (const Body of [Buffer.of(1), Buffer.of(2)]) {
      await server.client.send(new PutObjectCommand({ Bucket: "locked", Key: "twice", Body }));
    }
    await shelf.put("twice-more", contentOf(body), never);
    await shelf.remove("twice", never);
    const { Versions = [] } = await server.client.send(
      new ListObjectVersionsCommand({ Bucket: "locked", Prefix: "twice" }),
    );
    expect(Versions.map(({ Key }) => Key)).toEqual(["twice-more"]);
    shelf.close();
  });

  test("a lock is asked of a bucket that has none: nothing is put, and it is said", async () => {
    const shelf = open({ lock: { mode: "GOVERNANCE", days: 3 } });
    await expect(shelf.put("unlocked", contentOf(body), never)).rejects.toMatchObject({
      code: "SETTING_INVALID",
      message: expect.stringContaining("SENTINEL_S3_SHELF_LOCK"),
    });
    await expect(shelf.look("unlocked", never)).rejects.toMatchObject({ code: "NOT_FOUND" });
    shelf.close();
  });

  test("a wrong key is told as what can be mended", async () => {
    const shelf = open({ secretKey: "wrong" });
    const refused = { code: "UNAVAILABLE", message: expect.stringContaining("refuses the access") };
    await expect(shelf.put("key", contentOf(body), never)).rejects.toMatchObject(refused);
    await expect(Array.fromAsync(shelf.list("", never))).rejects.toMatchObject(refused);
    await expect(shelf.remove("key", never)).rejects.toMatchObject(refused);
    shelf.close();
  });
});

// What the real server cannot do, or does not do on demand: encryption that it tells of, failures, silence. Our own, which speaks so much
// of the protocol.
describe("a server of ours", () => {
  async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void, timeoutMs = 200) {
    const server = createServer(answer).listen(0, "127.0.0.1");
    await once(server, "listening");
    const endpoint = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    const shelf = createS3Shelf({
      ...{ endpoint, region: "us-east-1", accessKey: "a", secretKey: "b", bucket: "plain", lock: null, clock },
      ...{ encryption: "aws:kms", timeoutMs },
    });
    return {
      shelf,
      close() {
        shelf.close();
        server.closeAllConnections();
        server.close();
      },
    };
  }

  test("is asked for encryption, with the hash, and for nothing that is there to be replaced", async () => {
    let seen: IncomingMessage["headers"] = {};
    const { shelf, close } = await serve((request, response) => {
      seen = request.headers;
      request.resume().on("end", () => response.writeHead(200).end());
    });
    expect(await shelf.put("key", contentOf(body), never)).toBe("put");
    expect(seen).toMatchObject({
      "x-amz-server-side-encryption": "aws:kms",
      "x-amz-checksum-sha256": createHash("sha256").update(body).digest("base64"),
      "if-none-match": "*",
      "content-length": String(body.length),
    });
    close();
  });

  test.each([
    { why: "answers 503", answer: 503, told: /status 503/ },
    { why: "is silent", answer: null, told: /does not answer/ },
  ])(
    "that $why may be asked again",
    async ({ answer, told }) => {
      const { shelf, close } = await serve((request, response) => {
        request.resume();
        if (answer !== null) response.writeHead(answer).end();
      });
      const again = { code: "UNAVAILABLE", message: expect.stringMatching(told) };
      await expect(shelf.put("key", contentOf(body), never)).rejects.toMatchObject(again);
      await expect(shelf.look("key", never)).rejects.toMatchObject(again);
      await expect(shelf.remove("key", never)).rejects.toMatchObject(again);
      close();
    },
    30_000,
  );

  test("that is slow, but not silent, is given its time", async () => {
    const { shelf, close } = await serve((request, response) => {
      // 64 KiB every 5 ms: longer in all than silence may be, and what the system holds back shorter than that.
      request.on("data", () => {
        request.pause();
        setTimeout(() => request.resume(), 5);
      });
      request.on("end", () => response.writeHead(200).end());
    }, 1000);
    const large = Buffer.alloc(24_000_000, 1);
    const started = Date.now();
    expect(await shelf.put("key", contentOf(large), never)).toBe("put");
    expect(Date.now() - started).toBeGreaterThan(1000);
    close();
  }, 30_000);

  test("that denies a removal without a lock is no hold", async () => {
    const versions = `<?xml version="1.0"?><ListVersionsResult><IsTruncated>false</IsTruncated>
      <Version><Key>key</Key><VersionId>1</VersionId></Version></ListVersionsResult>`;
    const { shelf, close } = await serve((request, response) => {
      if (request.method === "GET") response.writeHead(200).end(versions);
      else response.writeHead(request.method === "HEAD" ? 200 : 403).end();
    });
    await expect(shelf.remove("key", never)).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining("refuses the access"),
    });
    close();
  });
});
