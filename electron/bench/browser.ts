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

/** An event of Chromium's Trace Event Format; times in µs. */
interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Of a whole event: its processor time. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/**
 * Records from now on how much processor time a page's tasks take. How long a task takes is also up to the machine, which may
 * give its processor to something else in the middle of it.
 * @returns ends it: the most that one task took, in ms
 */
export async function traceTaskProcessorTime(page: Page): Promise<() => Promise<number>> {
  const browser = page.context().browser();
  if (browser === null) throw new Error("A page without a browser of its own cannot be traced.");
  await browser.startTracing(page, { categories: ["-*", "toplevel"] });
  return async () => {
    const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
    const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
    const isMain = (event: TraceEvent) => event.name === "thread_name" && event.args?.name === "CrRendererMain";
    const main = new Set(traceEvents.filter(isMain).map(threadOf));
    const tasks = traceEvents.filter((event) => event.name.endsWith("::RunTask") && main.has(threadOf(event)));
    if (tasks.length === 0) throw new Error("The browser's recording holds no task of the page.");
    return tasks.reduce((most, { tdur = 0 }) => Math.max(most, tdur / 1000), 0);
  };
}
