import type { Browser, Page } from "playwright";
import type { PayloadClass, Place } from "../../../shared/payload.ts";
import { createProgramClient, type ProgramClient } from "./program-client.ts";

/** What a flow says that it did; where it stands in the recording is found afterwards. */
export interface PlantedAttack {
  readonly class: Exclude<PayloadClass, "benign">;
  readonly method: string;
  readonly path: string;
  readonly place: Place | "request";
  readonly name: string;
  /** As the attacker wrote it; empty where the request itself is the attack (a forged form). */
  readonly payload: string;
}

/** One visitor of the shop: a browser window of its own, with pauses of a person. */
export interface Visitor {
  readonly page: Page;
  /** For visits by a program instead. */
  readonly program: ProgramClient;
  readonly origin: string;
  open(path: string): Promise<void>;
  /** Fills fields by name, then submits their form. */
  send(fields: Readonly<Record<string, string>>): Promise<void>;
  pause(): Promise<void>;
  planted(attack: PlantedAttack): void;
}

/** A visit from its start to its end. Same flow, same requests. */
export interface Flow {
  readonly name: string;
  /** File under resources/samples that it goes to; flows of one file are merged by time. */
  readonly file: string;
  readonly about: string;
  /** Address that a proxy in front of the shop would have seen, from the ranges kept for documentation (RFC 5737). */
  readonly address: string;
  readonly userAgent: string;
  readonly locale?: string;
  run(visitor: Visitor): Promise<void>;
}

export interface Visited {
  readonly harFile: string;
  readonly programEntries: readonly object[];
  readonly attacks: readonly PlantedAttack[];
}

/** Pauses between 0.3 and 1.2 s, the same in each run. */
function createPauses(seed: string): () => number {
  let state = [...seed].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) % 2147483647, 7);
  return () => {
    state = (state * 48271) % 2147483647;
    return 300 + (state / 2147483647) * 900;
  };
}

/** Runs one flow in a window of its own and leaves its recording in `harFile`. */
export async function playFlow(
  browser: Browser,
  flow: Flow,
  shop: { readonly origin: string; readonly key: string },
  harFile: string,
): Promise<Visited> {
  const context = await browser.newContext({
    recordHar: { path: harFile, content: "embed" },
    userAgent: flow.userAgent,
    locale: flow.locale ?? "en-GB",
    viewport: { width: 1280, height: 800 },
    extraHTTPHeaders: { "x-shop-key": shop.key, "x-forwarded-for": flow.address },
  });
  context.setDefaultTimeout(15_000);
  const attacks: PlantedAttack[] = [];
  const program = createProgramClient(shop.origin, {
    "User-Agent": flow.userAgent,
    Accept: "*/*",
    "x-shop-key": shop.key,
    "x-forwarded-for": flow.address,
  });
  const next = createPauses(flow.name);
  try {
    const page = await context.newPage();
    page.on("dialog", (dialog) => void dialog.dismiss().catch(() => {}));
    const pause = () => page.waitForTimeout(next());
    await flow.run({
      page,
      program,
      origin: shop.origin,
      pause,
      planted: (attack) => attacks.push(attack),
      async open(path) {
        await page.goto(shop.origin + path, { waitUntil: "load" });
        await pause();
      },
      async send(fields) {
        const names = Object.keys(fields);
        for (const name of names)
          await page
            .locator(`main [name="${name}"]`)
            .first()
            .fill(fields[name] ?? "");
        const form = page.locator(`main form:has([name="${names[0]}"])`).first();
        await form.locator("button").first().click();
        await page.waitForLoadState("load");
        await pause();
      },
    });
  } finally {
    await context.close();
  }
  return { harFile, programEntries: program.entries, attacks };
}
