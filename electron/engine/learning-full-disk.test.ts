import { spawnSync } from "node:child_process";
import { closeSync, openSync, readdirSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { generateRows } from "./learn/fixture-rows.ts";
import { analyst, bytesOf, finished, never, openTestEngine, temporaryHome } from "./test-engine.ts";

/** Fills a file system but for some bytes. @returns what frees it again */
function fill(folder: string, leave: number): () => void {
  const filler = join(folder, "filler");
  const file = openSync(filler, "w");
  const piece = Buffer.alloc(64 * 1024);
  try {
    for (;;) {
      const { bavail, bsize } = statfsSync(folder);
      if (bavail * bsize <= leave) break;
      writeSync(file, piece, 0, Math.min(piece.length, bavail * bsize - leave));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  } finally {
    closeSync(file);
  }
  return () => rmSync(filler);
}

const rows = generateRows("full disk", 240);
const lines = rows.map(({ text, label, place, split }) => JSON.stringify({ text, label, place, split })).join("\n");
const full = { state: "failed", error: { code: "DISK_FULL" } };

test("a full disk while labels are imported, a version is made or a model is trained is told, leaves nothing half done, and is gone on from", async (context) => {
  const folder = temporaryHome();
  // SECURITY: nosuid and nodev, as it is a test's own.
  const options = "size=96m,mode=0700,nosuid,nodev";
  if (spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]).status !== 0) {
    rmSync(folder, { recursive: true });
    context.skip("needs the right to mount a tmpfs");
  }
  const t = await openTestEngine({ home: folder });
  const { engine } = t;
  try {
    // To be imported: more than there is room for.
    const big = Array.from({ length: 4000 }, (_, i) =>
      JSON.stringify({
        text: `${rows[i % rows.length]!.text} ${i} ${"x".repeat(1500)}`,
        label: rows[i % rows.length]!.label,
      }),
    ).join("\n");
    const importing = (content: string) =>
      engine.datasets.import(bytesOf(content), { file_name: "labelled.jsonl", format: "jsonl" }, analyst, never);
    let free = fill(folder, 2 * 1024 ** 2);
    await expect(importing(big)).rejects.toMatchObject({ code: "DISK_FULL" });
    expect(readdirSync(join(folder, "blobs", "tmp"))).toEqual([]);
    expect(await engine.datasets.imports()).toEqual([]);
    free();

    // While its rows are stored.
    free = fill(folder, Buffer.byteLength(big) + 3 * 1024 ** 2);
    const { job_id: imported } = await importing(big);
    expect(await finished(t, imported)).toMatchObject(full);
    expect(await engine.datasets.imports()).toEqual([]);
    free();

    const { job_id: small } = await importing(lines);
    expect(await finished(t, small)).toMatchObject({ state: "done", error: null });

    free = fill(folder, 0);
    const { job_id: making } = await engine.datasets.make({}, analyst).catch((error: unknown) => {
      expect(error).toMatchObject({ code: "DISK_FULL" });
      return { job_id: null };
    });
    if (making !== null) expect(await finished(t, making)).toMatchObject(full);
    expect(await engine.datasets.list()).toEqual([]);
    free();
    const made = await finished(t, (await engine.datasets.make({}, analyst)).job_id);
    expect(made).toMatchObject({ state: "done", error: null });
    expect(await engine.datasets.list()).toHaveLength(1);

    // It fits, and then there is no room for the model.
    const before = readdirSync(join(folder, "models")).sort();
    const trainAgain = () => engine.models.train({ dataset_version: null, seed: "s", start: "champion" }, analyst);
    const { job_id: training } = await trainAgain();
    free = fill(folder, 512 * 1024);
    expect(await finished(t, training)).toMatchObject(full);
    expect(readdirSync(join(folder, "models")).sort()).toEqual(before);
    expect((await engine.models.list()).models).toHaveLength(1);
    free();
    const job = await finished(t, (await trainAgain()).job_id);
    expect(job).toMatchObject({ state: "done", error: null });
    expect((await engine.models.list()).models).toHaveLength(2);
    expect(await engine.audit.verify(analyst)).toMatchObject({ ok: true });
  } finally {
    await t.close();
    spawnSync("umount", [folder]);
    rmSync(folder, { recursive: true, force: true });
  }
}, 300_000);
