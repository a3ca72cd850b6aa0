import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { detectKind } from "./detect-kind.ts";
import { chunksOf, readWhole, sources, visits } from "./fixture-sources.ts";
import { readExchangeAt, readExchanges, readExpandedRange } from "./readers.ts";

const runs = 15 * Number(process.env.TORTURE ?? 1);

/** What every source owes, whatever else it tells. */
describe.each(sources)("$kind", ({ kind, text }) => {
  const bytes = Buffer.from(text);

  test("is told by its content, also within gzip", () => {
    expect(detectKind(bytes)).toEqual({ kind, gzip: false });
    expect(detectKind(gzipSync(bytes))).toEqual({ kind, gzip: true });
    expect(detectKind(Buffer.from(`\ufeff\n${text}`))).toEqual({ kind, gzip: false });
  });

  test("reads each request with when, who, what and the answer", async () => {
    const { exchanges, problems } = await readWhole(kind, bytes);
    expect(problems).toEqual([]);
    expect(exchanges.map((exchange) => exchange.index)).toEqual(visits.map((_, i) => i));
    for (const [i, exchange] of exchanges.entries()) {
      const { at, client, host, method, target, status } = visits[i]!;
      expect(exchange).toMatchObject({ startedAt: at, host, method, target });
      expect(exchange.clientAddress).toBe(kind === "burp_xml" ? null : client);
      expect(exchange.response?.status ?? null).toBe(kind === "aws_waf_log" ? null : status);
    }
  });

  test("gives the same for any chunking, and each entry again by its place", async () => {
    const whole = await readWhole(kind, bytes, { chunk: 1e7 });
    for (const chunk of [1, 7, 64, 65_537]) expect(await readWhole(kind, bytes, { chunk })).toEqual(whole);
    for (const exchange of whole.exchanges) {
      const { offset, length } = exchange;
      expect(await readExchangeAt(kind, bytes.subarray(offset, offset + length), exchange)).toEqual(exchange);
    }
  });

  test("is read within gzip, with the offsets of the expanded bytes", async () => {
    const zipped = gzipSync(bytes);
    const plain = await readWhole(kind, bytes);
    expect(await readWhole(kind, zipped)).toEqual(plain);
    const third = plain.exchanges[2]!;
    const again = await readExpandedRange(chunksOf(zipped, 50), third.offset, third.length);
    expect(await readExchangeAt(kind, again, third)).toEqual(third);
  });

  test("cut anywhere it yields the complete entries and says that it was cut", async () => {
    const whole = await readWhole(kind, bytes);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: bytes.length - 12 }), async (cut) => {
        const { exchanges, problems } = await readWhole(kind, bytes.subarray(0, cut));
        expect(exchanges).toEqual(whole.exchanges.filter((e) => e.offset + e.length <= cut));
        const atEnd = whole.exchanges.some((e) => cut >= e.offset + e.length && cut <= e.offset + e.length + 1);
        if (kind === "burp_xml") expect(problems.length).toBeGreaterThan(0);
        else if (cut > 0 && !atEnd) expect(problems).toMatchObject([{ code: "EVIDENCE_UNREADABLE" }]);
      }),
      { numRuns: runs },
    );
  });

  test("survives what is no such file, without quoting it", async () => {
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 400 }).map((random) => Buffer.from(random)),
      fc
        .tuple(fc.integer({ min: 0, max: bytes.length - 1 }), fc.string({ unit: "binary", maxLength: 40 }))
        .map(([at, s]) => Buffer.concat([bytes.subarray(0, at), Buffer.from(s), bytes.subarray(at + s.length)])),
    );
    await fc.assert(
      fc.asyncProperty(hostile, async (content) => {
        for (const { message } of (await readWhole(kind, content)).problems) expect(message).not.toContain("UNION");
      }),
      { numRuns: runs * 4 },
    );
  });

  test("progress is told in stored bytes, and cancelling ends it", async () => {
    let told = 0;
    const zipped = gzipSync(bytes);
    const options = { onProgress: (read: number) => (told = read) };
    for await (const _batch of readExchanges(kind, chunksOf(zipped, 40), options)) expect(told).toBeLessThan(1e6);
    expect(told).toBe(zipped.length);
    const reading = readExchanges(kind, chunksOf(bytes, 9), { signal: AbortSignal.abort() });
    await expect(reading.next()).rejects.toMatchObject({ code: "CANCELLED" });
  });

  test("an entry of 80 MB is let go, and the next one read", async () => {
    const whole = await readWhole(kind, bytes);
    const [, second, third] = whole.exchanges;
    const start = text.indexOf("GET", second!.offset) + 3;
    async function* hostile() {
      yield bytes.subarray(0, kind === "burp_xml" ? second!.offset + 12 : start);
      const block = Buffer.alloc(1024 ** 2, "x");
      for (let i = 0; i < 80; i++) yield block;
      yield bytes.subarray(kind === "burp_xml" ? second!.offset + 12 : start);
    }
    const before = process.memoryUsage().arrayBuffers;
    const { exchanges, problems } = await readWhole(kind, hostile(), { limits: { entryBytes: 4 * 1024 ** 2 } });
    expect(exchanges.map((e) => e.index)).toEqual(whole.exchanges.filter((e) => e.index !== 1).map((e) => e.index));
    expect(exchanges[1]).toMatchObject({ target: third!.target, offset: third!.offset + 80 * 1024 ** 2 });
    expect(problems).toMatchObject([{ place: kind === "burp_xml" ? "item 2" : "line 2" }]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(120 * 1024 ** 2);
  });
});
