import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sha256 } from "../base/ids.ts";
import {
  type BackupSource,
  checkBackupFile,
  identifyBackup,
  newBackupId,
  readBackupFile,
  writeBackupFile,
} from "./backup-file.ts";
import { chunkSize } from "./blob-format.ts";

let folder: string;
const key = Buffer.alloc(32, 5);
const id = newBackupId();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sentinel-backup-file-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function* sources(
  files: readonly { path: string; content: Buffer; size?: number }[],
): AsyncGenerator<BackupSource> {
  for (const { path, content, size = content.length } of files) {
    yield {
      path,
      size,
      content: (async function* () {
        for (let at = 0; at < content.length; at += 70_000) yield content.subarray(at, at + 70_000);
      })(),
    };
  }
}

async function readAll(path: string, by = key) {
  const files: { path: string; content: Buffer }[] = [];
  for await (const { path: name, content } of readBackupFile(path, by)) {
    const parts: Buffer[] = [];
    for await (const part of content) parts.push(Buffer.from(part));
    files.push({ path: name, content: Buffer.concat(parts) });
  }
  return files;
}

const content = (size: number) => Buffer.from(Array.from({ length: size }, (_, i) => (i * 7 + size) % 251));

test("what is written is what is read, whatever its size, also where it ends with a chunk", async () => {
  const path = join(folder, "b");
  const around = [0, 1, chunkSize - 200, chunkSize, 3 * chunkSize + 17];
  const files = around.map((size) => ({ path: `f${size}`, content: content(size) }));
  const written = await writeBackupFile(path, { id, key }, sources(files));
  expect(await readAll(path)).toEqual(files);
  expect(await identifyBackup(path)).toBe(id);
  expect(written).toEqual({ size: readFileSync(path).length, sha256: sha256(readFileSync(path)) });
  await checkBackupFile(path, written);

  // One entry whose end is the end of a chunk: heading, length and content make exactly two.
  const heading = JSON.stringify({ path: "exact", size: 2 * chunkSize }).length;
  const exact = { path: "exact", content: content(2 * chunkSize - 4 - heading) };
  await writeBackupFile(join(folder, "c"), { id, key }, sources([exact]));
  expect(await readAll(join(folder, "c"))).toEqual([exact]);
});

test("any changed byte, a part moved or left out, and another key are refused while it is read", async () => {
  const path = join(folder, "b");
  await writeBackupFile(path, { id, key }, sources([{ path: "f", content: content(2 * chunkSize) }]));
  const whole = readFileSync(path);
  const damaged = async (bytes: Buffer) => {
    writeFileSync(join(folder, "d"), bytes);
    return await readAll(join(folder, "d"));
  };
  for (const at of [9, 20, 36, 41, whole.length >> 1, whole.length - 1]) {
    const bytes = Buffer.from(whole);
    bytes[at]! ^= 1;
    await expect(damaged(bytes), `byte ${at}`).rejects.toMatchObject({ code: "BACKUP_REFUSED" });
  }
  const start = 40;
  const sealed = chunkSize + 16;
  const [first, second, rest] = [0, 1, 2].map((n) => whole.subarray(start + n * sealed, start + (n + 1) * sealed));
  const head = whole.subarray(0, start);
  await expect(damaged(Buffer.concat([head, second!, first!, rest!]))).rejects.toMatchObject({
    code: "BACKUP_REFUSED",
  });
  await expect(damaged(Buffer.concat([head, first!, second!]))).rejects.toMatchObject({ code: "BACKUP_REFUSED" });
  await expect(readAll(path, Buffer.alloc(32, 6))).rejects.toMatchObject({ code: "BACKUP_REFUSED" });
});

test("a file that changes while it is backed up ends the backup", async () => {
  const files = sources([{ path: "f", content: content(10), size: 11 }]);
  await expect(writeBackupFile(join(folder, "b"), { id, key }, files)).rejects.toThrow(/f changed while/);
});
