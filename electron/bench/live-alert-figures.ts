import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright";
import { importEvidence } from "../../shared/evidence.ts";
import { traceTaskProcessorTime, watchTasks } from "./browser.ts";
import { callHost } from "./built-host.ts";
import type { Report } from "./figure.ts";

const perSecond = 500;
const seconds = 60;

/** Log lines of that many attackers, each an alert of its own. */
function attacks(second: number): string {
  return Array.from({ length: perSecond }, (_, i) => {
    const n = second * perSecond + i;
    const address = `203.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
    const time = new Date(Date.UTC(2026, 0, 5, 8, 0, second)).toISOString().slice(11, 19);
    const target = `/item?id=${n}'%20UNION%20SELECT%20name,password%20FROM%20users--%20-`;
    return `${address} - - [05/Jan/2026:${time} +0000] "GET ${target} HTTP/1.1" 200 5123 "-" "Mozilla/5.0"`;
  }).join("\n");
}

const open = (page: Page) => page.getByRole("grid", { name: "Alerts" }).getAttribute("aria-rowcount");

/** New alerts for a minute while the queue is open: what the page does about them in one go. */
export async function reportLiveAlerts(report: Report, page: Page, home: string): Promise<void> {
  await page.keyboard.press("g");
  await page.keyboard.press("q");
  await page.getByRole("grid", { name: "Alerts" }).waitFor();
  await page.locator("[role=grid][aria-busy=false]").waitFor();
  const before = Number(await open(page));
  const traced = await traceTaskProcessorTime(page);
  const watched = await watchTasks(page);
  const from = performance.now();
  for (let second = 0; second < seconds; second++) {
    const input = { file_name: `second-${second}.log`, channel: "dropped file" } as const;
    await callHost(home, importEvidence, input, attacks(second));
    await sleep(Math.max(0, from + (second + 1) * 1000 - performance.now()));
  }
  // Read as text: a look for a button by its role walks the whole page, and would itself be a long task.
  const total = () =>
    page.evaluate(
      () => [...document.querySelectorAll("button")].find((one) => /^New\s*[\d,.]+/.test(one.textContent))?.textContent,
    );
  // Until every one of them is counted on the page.
  const wanted = before - 1 + perSecond * seconds;
  for (let tries = 0; tries < 1200; tries++) {
    if (Number((await total())?.replaceAll(/\D/g, "")) >= wanted) break;
    await sleep(100);
  }
  const counted = Number((await total())?.replaceAll(/\D/g, "")) - (before - 1);
  const took = (performance.now() - from) / 1000;
  const tasks = await watched();
  const processorMs = await traced();
  const what = `${perSecond} new alerts a second for a minute, the queue open`;
  report(`${what}: tasks over 50 ms`, tasks.filter((ms) => ms > 50).length, "tasks", "≤ 0");
  report(`${what}: longest task (0: none over 50 ms)`, Math.max(0, ...tasks), "ms");
  report(`${what}: the most processor time of one task`, processorMs, "ms");
  report(`${what}: counted on the page`, counted, "alerts", `≥ ${perSecond * seconds}`);
  report(`${what}: from the first to the last of them on the page`, took, "s");
}
