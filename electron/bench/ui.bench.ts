import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright";
import { quantile, temporaryFolder } from "./bench-engine.ts";
import { openBrowser, watchTasks } from "./browser.ts";
import { build, start } from "./built-host.ts";
import type { BenchGroup } from "./figure.ts";
import { seedVerdicts } from "./seed-verdicts.ts";

const stored = 100_000;

/** Start with 100,000 verdicts stored, and scrolling through all of them, in a real browser over the built application. */
export const group: BenchGroup = {
  name: "ui",
  async run(report) {
    build();
    const folder = temporaryFolder();
    const browser = await openBrowser();
    try {
      const home = join(folder.path, "home");
      await seedVerdicts(home, stored);
      const starts: number[] = [];
      for (let i = 0; i < 5; i++) {
        const { ms, stop } = await start(home, browser);
        starts.push(ms);
        await stop();
      }
      report(
        `start to usable window, ${stored} verdicts stored, median of 5`,
        quantile(starts, 0.5) / 1000,
        "s",
        "< 2",
      );
      const { page, stop } = await start(home, browser);
      const { tasks, endMs } = await scrollThrough(page).finally(stop);
      report("scrolling 100,000 verdicts, tasks over 50 ms", tasks.filter((ms) => ms > 50).length, "tasks", "≤ 0");
      report("scrolling 100,000 verdicts, longest task (0: none over 50 ms)", Math.max(0, ...tasks), "ms");
      report("from the end of the scroll bar to the last of 100,000 verdicts on the screen", endMs / 1000, "s");
    } finally {
      await browser.close();
      folder.remove();
    }
  },
};

/**
 * As hard as a hand can: for ten seconds the wheel turns by 1,200 pixels (more than the whole view) twenty times a second, then the
 * scroll bar is dragged from the top to the end in five seconds, then the list is awaited there while all its pages are read.
 * @returns lengths of tasks over 50 ms from the first turn to the last row, and how long the last row took, ms
 */
async function scrollThrough(page: Page): Promise<{ tasks: number[]; endMs: number }> {
  const tasks = await watchTasks(page);
  await page.mouse.move(640, 600);
  for (let i = 0; i < 200; i++) {
    await page.mouse.wheel(0, 1200);
    await sleep(50);
  }
  await page.evaluate(async () => {
    const list = document.querySelector("[role=grid]");
    if (list === null) throw new Error("There is no list to scroll.");
    for (let step = 0; step <= 100; step++) {
      list.scrollTop = (list.scrollHeight * step) / 100;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
  const from = performance.now();
  await page.locator(`[role=row][id^=row-][aria-rowindex="${stored + 1}"]`).waitFor({ timeout: 120_000 });
  const endMs = performance.now() - from;
  return { tasks: await tasks(), endMs };
}
