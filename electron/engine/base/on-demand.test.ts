import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Piscina } from "piscina";
import { expect, test } from "vitest";
import { inBackground, onDemand } from "./on-demand.ts";

/** A thread that tells its priority as the system has it: field 19 of its line in /proc. */
const telling = `import { readFileSync } from "node:fs";
export default () => Number(readFileSync("/proc/thread-self/stat", "utf8").split(") ").at(-1).split(" ")[16]);`;

async function priorityIn(options: typeof onDemand | typeof inBackground): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "sentinel-priority-"));
  const filename = join(folder, "telling.mjs");
  writeFileSync(filename, telling);
  const pool = new Piscina({ filename, ...options });
  try {
    return await pool.run(null);
  } finally {
    await pool.destroy();
    rmSync(folder, { recursive: true });
  }
}

test.runIf(process.platform === "linux")(
  "work in the background has a lower priority than what somebody waits for",
  async () => {
    const ordinary = await priorityIn(onDemand);
    // Niceness ends at 19: a run that is itself lowered has less room.
    expect(await priorityIn(inBackground)).toBe(Math.min(19, ordinary + 10));
    expect(await priorityIn(onDemand)).toBe(ordinary);
  },
);
