import type { Page } from "playwright";
import { allAnalysed } from "./window.ts";

const columns = [
  "name",
  "extra, more from old union select one",
  "email, card",
  "login",
  "a.b",
  "pass || salt",
  "x, y, z",
];
const tables = ["users", "orders o", "a join b on c.d = e.f", "g, h", "i.j", "(k)"];

/** A line of an access log, so many seconds after eight o'clock a day ago. */
export function line(q: string, i: number, client: string, path = "/search"): string {
  const at = new Date(Date.now() - 86_400_000);
  const agent = '"Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"';
  const month = at.toLocaleString("en", { month: "short", timeZone: "UTC" });
  const day = `${String(at.getUTCDate()).padStart(2, "0")}/${month}/${at.getUTCFullYear()}`;
  const time = `08:${String(Math.floor(i / 60)).padStart(2, "0")}:${String(i % 60).padStart(2, "0")}`;
  const query = encodeURIComponent(q).replaceAll("'", "%27");
  return `${client} - - [${day}:${time} +0000] "GET ${path}?q=${query} HTTP/1.1" 200 1200 "-" ${agent}`;
}

/** A value of a search that asks another table. */
export const attack = (column: string, i: number, table: string, k: number) =>
  `${i}' union select ${column} from ${table} where ${"abcdefg"[i]} like '${"uvwxyz"[k]}%'-- `;

/** An access log of searches, attacks of one visitor and ordinary ones of others, a day ago: rules can be made of it. */
function searches(): string {
  const attacks = columns.flatMap((column, i) => tables.map((table, k) => attack(column, i, table, k)));
  const benign = ["green tea", "rock 'n' roll", "union of workers", "it's 5 o'clock"];
  return `${[
    ...attacks.map((q, i) => line(q, i * 3, "81.2.69.160")),
    ...benign.map((q, i) => line(q, i * 5, `81.2.70.${i}`)),
  ].join("\n")}\n`;
}

/** Brings them on the import screen, and waits until they are judged. */
export async function bringSearches(page: Page): Promise<void> {
  const file = { name: "searches.log", mimeType: "text/plain", buffer: Buffer.from(searches()) };
  await page.locator('input[type="file"]').first().setInputFiles(file);
  await page.getByText("searches.log").first().waitFor();
  await allAnalysed(page);
}

/** Closes the alert that is chosen in the queue. */
export async function closeAsTruePositive(page: Page): Promise<void> {
  await page.keyboard.press("c");
  const dialog = page.getByRole("dialog");
  await dialog.getByText("True positive").first().click();
  await dialog
    .getByRole("button", { name: /^Close/ })
    .last()
    .click();
  await dialog.waitFor({ state: "detached" });
}
