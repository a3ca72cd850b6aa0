import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright";

const installed = ["/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/chromium-browser"];

/** A real browser without a window: the system's own where there is one. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = installed.find((path) => existsSync(path));
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return await chromium.launch({ args, ...(executablePath === undefined ? {} : { executablePath }) });
}

/** Watches from now on for how long a page does one thing without a pause. @returns asks for the lengths so far of what took over 50 ms, in ms */
export async function watchTasks(page: Page): Promise<() => Promise<number[]>> {
  await page.evaluate(() => {
    const lengths: number[] = [];
    Object.assign(window, { longTasks: lengths });
    new PerformanceObserver((list) => {
      for (const task of list.getEntries()) lengths.push(task.duration);
    }).observe({ entryTypes: ["longtask"] });
  });
  return () => page.evaluate(() => (window as unknown as { longTasks: number[] }).longTasks);
}
