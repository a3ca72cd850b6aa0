import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SentinelError } from "../shared/errors.ts";
import { analyst, never } from "./engine/test-engine.ts";
import { importFiles } from "./import-files.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sentinel-files-"));
  await writeFile(join(folder, "a.har"), "good");
  await writeFile(join(folder, "bad.har"), "bad");
  await writeFile(join(folder, "z.har"), "good");
  await symlink(join(folder, "a.har"), join(folder, "link.har"));
});
afterAll(() => rm(folder, { recursive: true }));

function receiver(refusal: Error) {
  const taken: string[] = [];
  return {
    taken,
    async import(
      source: AsyncIterable<Uint8Array>,
      meta: { file_name?: string | undefined; channel?: string | undefined },
    ) {
      let text = "";
      for await (const part of source) text += Buffer.from(part).toString();
      if (text === "bad") throw refusal;
      taken.push(`${meta.file_name} ${meta.channel}`);
      return { job_id: "job" };
    },
  };
}

const chosen = ["gone.har", "bad.har", "link.har", "a.har", "z.har"];

test("a refused file is told by its name, and the others come in; links are not followed", async () => {
  const evidence = receiver(new SentinelError("EVIDENCE_UNKNOWN_FORMAT", "It is nothing that is known."));
  const refused = await importFiles(
    chosen.map((name) => join(folder, name)),
    evidence,
    analyst,
    never,
  );
  expect(evidence.taken).toEqual(["a.har dialog", "z.har dialog"]);
  expect(refused).toEqual([
    expect.stringMatching(/^gone\.har: The file vanished/),
    expect.stringMatching(/^bad\.har: It is nothing that is known\./),
    expect.stringMatching(/^link\.har: The file is a symbolic link/),
  ]);
});

test("a defect is thrown, once all files had their turn", async () => {
  const evidence = receiver(new Error("a defect"));
  await expect(
    importFiles(
      chosen.map((name) => join(folder, name)),
      evidence,
      analyst,
      never,
    ),
  ).rejects.toThrow("a defect");
  expect(evidence.taken).toHaveLength(2);
});
