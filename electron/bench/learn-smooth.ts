import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { listJobs } from "../../shared/job.ts";
import { trainRows } from "../../shared/model.ts";
import { temporaryFolder } from "./bench-engine.ts";
import { openBrowser, watchTasks } from "./browser.ts";
import { build, callHost, start } from "./built-host.ts";
import type { Report } from "./figure.ts";
import { linesOf } from "./learn-speed.ts";
import { seedVerdicts } from "./seed-verdicts.ts";

const stored = 10_000;
/** How often a row further is asked for, and how many rows before the screen is changed. */
const everyMs = 50;
const rowsAtOnce = 100;
/** Rounds through both screens before the training, ten seconds each: what the page does by itself. */
const quietRounds = 3;

/**
 * What the page does in one go while a training runs: somebody goes through the verdicts, row by row, and looks at the training's
 * curves in between, in a real browser over the built application.
 *
 * @param count rows that are trained on
 */
export async function measureSmoothness(report: Report, count = 50_000): Promise<void> {
  build();
  const folder = temporaryFolder();
  const browser = await openBrowser();
  try {
    const home = join(folder.path, "home");
    await seedVerdicts(home, stored);
    const { page, stop } = await start(home, browser);
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const look = async () => {
      await press("g", "p");
      await page.getByRole("region", { name: "Start a training" }).waitFor();
      await sleep(rowsAtOnce * everyMs);
    };
    const goThrough = async () => {
      await press("g", "v");
      await page.locator("[role=row][id^=row-]").first().waitFor();
      for (let row = 0; row < rowsAtOnce; row++) {
        await press("j");
        await sleep(everyMs);
      }
    };
    try {
      // What either screen takes at its first sight has nothing to do with the training.
      await look();
      await goThrough();
      const tasks = await watchTasks(page);
      /** One round after another. @returns lengths of tasks over 50 ms on either screen */
      const rounds = async (goesOn: () => Promise<boolean>) => {
        const lengths = { curves: [] as number[], verdicts: [] as number[] };
        let seen = (await tasks()).length;
        while (await goesOn()) {
          for (const [screen, act] of [
            ["curves", look],
            ["verdicts", goThrough],
          ] as const) {
            await act();
            const all = await tasks();
            lengths[screen].push(...all.slice(seen).filter((ms) => ms > 50));
            seen = all.length;
          }
        }
        return lengths;
      };
      let quiet = 0;
      const before = await rounds(async () => quiet++ < quietRounds);
      const input = { file_name: "rows.jsonl", seed: "bench", start: "champion" } as const;
      const { job_id } = await callHost(home, trainRows, input, [...linesOf(count)].join(""));
      const job = async () => (await callHost(home, listJobs, {})).find(({ id }) => id === job_id)!;
      const during = await rounds(async () => ["queued", "running"].includes((await job()).state));
      const { state, error } = await job();
      if (state !== "done") throw new Error(error?.message ?? "No model came of it.");
      const what = `a window in use while ${count.toLocaleString("en")} payloads are trained on`;
      report(`${what}, in the verdicts: tasks over 50 ms`, during.verdicts.length, "tasks", "≤ 0");
      report(`${what}, at the live curves: tasks over 50 ms`, during.curves.length, "tasks", "≤ 0");
      const longest = Math.max(0, ...during.verdicts, ...during.curves);
      report(`${what}: longest task (0: none over 50 ms)`, longest, "ms");
      const alone = before.verdicts.length + before.curves.length;
      report(`the same window for half a minute before the training: tasks over 50 ms`, alone, "tasks");
    } finally {
      await stop();
    }
  } finally {
    await browser.close();
    folder.remove();
  }
}
