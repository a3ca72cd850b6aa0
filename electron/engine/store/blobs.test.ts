import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, open, readdir, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { chunkSize, headerSize, tagSize } from "./blob-format.ts";
import { type Blobs, openBlobs } from "./blobs.ts";
import { type KeyRing, openKeyStore } from "./key-store.ts";

const runs = 15 * Number(process.env.TORTURE ?? 1);
const ring: KeyRing = { current: "k", keys: { k: randomBytes(32) } };

let home: string;
let blobs: Blobs;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "sentinel-blobs-"));
  blobs = await openHere();
});
afterEach(() => rm(home, { recursive: true }));

async function openHere(): Promise<Blobs> {
  const keys = await openKeyStore({ directory: join(home, "keys"), ring });
  return await openBlobs({ directory: join(home, "blobs"), keys });
}

async function* pieces(content: Buffer, size = 50_000): AsyncGenerator<Buffer> {
  for (let start = 0; start < content.length; start += size) yield content.subarray(start, start + size);
}

async function readAll(sha256: string): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(blobs.open(sha256)));
}

const pathOf = (sha256: string) => join(home, "blobs", sha256.slice(0, 2), `${sha256}.blob`);
const filesUnder = async (folder: string) =>
  (await readdir(join(home, folder), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());

describe("blobs", () => {
  test.each([0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 3 * chunkSize, 3 * chunkSize + 7])(
    "gives back %i bytes as they were",
    async (size) => {
      const content = randomBytes(size);
      const stored = await blobs.put(pieces(content));
      expect(stored).toEqual({ sha256: createHash("sha256").update(content).digest("hex"), size, duplicate: false });
      expect(await readAll(stored.sha256)).toEqual(content);
      expect(await blobs.size(stored.sha256)).toBe(size);
      await blobs.verify(stored.sha256);
    },
  );

  test("reads any range, whatever the pieces it came in", async () => {
    const content = randomBytes(2 * chunkSize + 1000);
    const { sha256 } = await blobs.put(pieces(content, 77_777));
    await fc.assert(
      fc.asyncProperty(fc.nat(content.length + 10), fc.nat(content.length), async (offset, length) => {
        expect(await blobs.readRange(sha256, offset, length)).toEqual(content.subarray(offset, offset + length));
      }),
      { numRuns: runs },
    );
  });

  test("stores the same content once, also when it comes twice at the same time", async () => {
    const content = randomBytes(chunkSize * 2);
    const stored = await Promise.all([1, 2, 3].map(() => blobs.put(pieces(content))));
    expect(stored.filter((one) => !one.duplicate)).toHaveLength(1);
    expect((await blobs.put(pieces(content))).duplicate).toBe(true);
    expect(await filesUnder("blobs")).toHaveLength(1);
    expect(await filesUnder("keys")).toHaveLength(1);
    expect(await readAll(stored[0]!.sha256)).toEqual(content);
  });

  test("keeps nothing readable on the disk", async () => {
    const content = Buffer.from("password=hunter2 ".repeat(1000));
    const { sha256 } = await blobs.put(pieces(content));
    expect((await readFile(pathOf(sha256))).includes("hunter2")).toBe(false);
  });

  test("removes key and file, and takes the content again afterwards", async () => {
    const content = randomBytes(1000);
    const { sha256 } = await blobs.put(pieces(content));
    const copy = await readFile(pathOf(sha256));
    expect(await blobs.remove(sha256)).toBe(true);
    expect(await filesUnder("keys")).toHaveLength(0);
    // A copy of the file, from a backup, is of no use without its key.
    await writeFile(pathOf(sha256), copy);
    await expect(readAll(sha256)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await rm(pathOf(sha256));
    expect(await blobs.remove(sha256)).toBe(false);
    expect((await blobs.put(pieces(content))).duplicate).toBe(false);
    expect(await readAll(sha256)).toEqual(content);
  });

  test.each(["../../etc/passwd", "a".repeat(63), "A".repeat(64)])("refuses the name %s", async (name) => {
    await expect(blobs.readRange(name, 0, 1)).rejects.toMatchObject({ code: "INPUT_INVALID" });
  });
});

describe("a blob file that was changed", () => {
  const sealedSize = chunkSize + tagSize;
  type Change = (path: string, bytes: Buffer) => Promise<unknown>;
  const changes: { what: string; change: Change }[] = [
    { what: "a bit in a chunk", change: (path, bytes) => writeFile(path, flip(bytes, headerSize + sealedSize + 5)) },
    { what: "a bit in a tag", change: (path, bytes) => writeFile(path, flip(bytes, headerSize + sealedSize - 1)) },
    { what: "a bit in the nonce prefix", change: (path, bytes) => writeFile(path, flip(bytes, 25)) },
    { what: "a bit in the padding of the header", change: (path, bytes) => writeFile(path, flip(bytes, 31)) },
    { what: "its end cut off in a chunk", change: (path, bytes) => truncate(path, bytes.length - 1) },
    { what: "its last chunk cut off", change: (path) => truncate(path, headerSize + 2 * sealedSize) },
    { what: "all chunks cut off", change: (path) => truncate(path, headerSize) },
    {
      what: "two chunks exchanged",
      change: (path, bytes) => {
        const [first, second] = [0, 1].map((i) => {
          const start = headerSize + i * sealedSize;
          return Buffer.from(bytes.subarray(start, start + sealedSize));
        });
        first!.copy(bytes, headerSize + sealedSize);
        second!.copy(bytes, headerSize);
        return writeFile(path, bytes);
      },
    },
    { what: "bytes put behind it", change: (path, bytes) => writeFile(path, Buffer.concat([bytes, randomBytes(100)])) },
  ];

  function flip(bytes: Buffer, index: number): Buffer {
    bytes[index]! ^= 1;
    return bytes;
  }

  test.each(changes)("by $what is refused", async ({ change }) => {
    const { sha256 } = await blobs.put(pieces(randomBytes(2 * chunkSize + 500)));
    await change(pathOf(sha256), await readFile(pathOf(sha256)));
    await expect(blobs.verify(sha256)).rejects.toMatchObject({ code: "EVIDENCE_CORRUPT" });
  });

  test("by another blob under its name is refused, also for a range", async () => {
    const one = await blobs.put(pieces(randomBytes(500)));
    const other = await blobs.put(pieces(randomBytes(500)));
    await rename(pathOf(one.sha256), pathOf(other.sha256));
    await expect(blobs.readRange(other.sha256, 0, 10)).rejects.toMatchObject({ code: "EVIDENCE_CORRUPT" });
  });

  test("anywhere by one bit is refused", async () => {
    const { sha256 } = await blobs.put(pieces(randomBytes(chunkSize + 500)));
    const bytes = await readFile(pathOf(sha256));
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (index, bit) => {
        const changed = Buffer.from(bytes);
        changed[index]! ^= 1 << bit;
        await writeFile(pathOf(sha256), changed);
        // A changed key id names a key that does not exist.
        await expect(blobs.verify(sha256)).rejects.toMatchObject({
          code: expect.stringMatching(/EVIDENCE_CORRUPT|NOT_FOUND/),
        });
      }),
      { numRuns: runs },
    );
  });
});

describe("a put that fails leaves nothing", () => {
  const nothing = async () => [...(await filesUnder("blobs")), ...(await filesUnder("keys"))];

  test("when the content is too large", async () => {
    const put = blobs.put(pieces(randomBytes(600_000)), { maxBytes: 500_000 });
    await expect(put).rejects.toMatchObject({ code: "INPUT_TOO_LARGE" });
    expect(await nothing()).toEqual([]);
  });

  test("when it is cancelled", async () => {
    const abort = new AbortController();
    const put = blobs.put(pieces(randomBytes(600_000)), { signal: abort.signal, onProgress: () => abort.abort() });
    await expect(put).rejects.toMatchObject({ code: "CANCELLED" });
    expect(await nothing()).toEqual([]);
  });

  test("when the source fails, whose error it is", async () => {
    async function* broken() {
      yield randomBytes(300_000);
      throw new Error("the source failed");
    }
    await expect(blobs.put(broken())).rejects.toThrow("the source failed");
    expect(await nothing()).toEqual([]);
  });

  test("and what a crash left is reaped", async () => {
    const { sha256 } = await blobs.put(pieces(randomBytes(10)));
    await writeFile(join(home, "blobs", "tmp", "half"), "half");
    const keys = await openKeyStore({ directory: join(home, "keys"), ring });
    await keys.create("blobs", "orphan");
    expect(await blobs.reap()).toEqual({ files: 1, keys: 1 });
    await blobs.verify(sha256);
  });

  test("reaping keeps every key while a blob is unreadable", async () => {
    const { sha256 } = await blobs.put(pieces(randomBytes(10)));
    const file = await open(pathOf(sha256), "r+");
    await file.write("damaged", 0);
    await file.close();
    expect(await blobs.reap()).toEqual({ files: 0, keys: 0 });
    expect(await filesUnder("keys")).toHaveLength(1);
  });
});
