import type { Locator, Page } from "playwright";
import type { Random } from "../../engine/learn/training/random.ts";
import type { Application, VisitorTexts } from "./application.ts";

/** Steps of a visit: links that are followed, forms that are filled. */
const fewestSteps = 8;
const mostSteps = 16;
const stepMs = 4_000;
/** Fields of one form that are filled, at most. */
const mostFields = 8;
const neverPressed = /log ?out|sign ?out|shut ?down|restart|uninstall|factory|delete (my )?account|print/i;

export interface Visit {
  readonly page: Page;
  readonly origin: string;
  readonly application: Application;
  readonly random: Random;
  /** Pauses of a person between two steps, milliseconds: shortest and longest. */
  readonly pauseMs: readonly [number, number];
  /** Written into one text field in the second half of the visit, instead of what a visitor would write. */
  readonly payload?: string;
}

/**
 * Goes through an application the way people do who use it every day, without knowing it: follows links, fills the forms that it meets
 * with texts of the application's subject, sends them. Which ones is decided by `random`.
 */
export async function visitEveryday(visit: Visit): Promise<void> {
  const { page, origin, application, random, payload } = visit;
  const steps = random.between(fewestSteps, mostSteps);
  await page.goto(origin + random.pick(application.pages));
  for (let step = 0; step < steps; step++) {
    await page.waitForTimeout(random.between(...visit.pauseMs));
    const isAttacking = payload !== undefined && step >= steps / 2;
    const isLost = new URL(page.url()).origin !== origin;
    try {
      const isGoing = isLost || random.chance(0.1);
      const isWriting = random.chance(isAttacking ? 0.8 : 0.5);
      const write = () => sendForm(visit, isAttacking ? payload : undefined);
      const isDone =
        !isGoing &&
        (isWriting ? (await write()) || (await followLink(visit)) : (await followLink(visit)) || (await write()));
      // Pages without links and fields are left by their address.
      if (!isDone) await page.goto(origin + random.pick(application.pages));
    } catch {
      // Something moved, or lay over it: a person would close it, and try something else.
      await page.keyboard.press("Escape").catch(() => {});
    }
    await page.waitForLoadState("load", { timeout: 2_000 }).catch(() => {});
  }
}

/** @returns false where there is none */
async function followLink({ page, origin, application, random }: Visit): Promise<boolean> {
  const found = await page.locator("a[href]:visible").evaluateAll((links) =>
    links.map((link, index) => ({
      index,
      href: (link as unknown as { href: string }).href,
      text: `${link.textContent} ${link.getAttribute("title") ?? ""}`,
    })),
  );
  const own = found.filter(
    ({ href, text }) =>
      href.startsWith(`${origin}/`) &&
      !neverPressed.test(`${text} ${href}`) &&
      !application.avoid?.test(`${text} ${href}`),
  );
  if (own.length === 0) return false;
  await page.locator("a[href]:visible").nth(random.pick(own).index).click({ timeout: stepMs });
  return true;
}

const opening = /^\s*(\+\s*)?(new|create|add|edit|rename|write|compose)\b/i;

/** Presses a button that brings a form, as in applications of a single page; nothing of theirs would be written otherwise. */
async function openForm({ page, application, random }: Visit): Promise<void> {
  const buttons = page.locator("button[type=button]:visible, [role=button]:visible");
  const labels = await buttons.evaluateAll((found) =>
    found.map((one) => one.textContent?.trim() || one.getAttribute("aria-label") || one.getAttribute("title") || ""),
  );
  const fit = labels.flatMap((label, index) =>
    opening.test(label) && !neverPressed.test(label) && !application.avoid?.test(label) ? [index] : [],
  );
  if (fit.length === 0) return;
  await buttons.nth(random.pick(fit)).click({ timeout: stepMs });
  await page.waitForTimeout(400);
}

const notWritten = "hidden submit button image reset file checkbox radio password".split(" ");
const writable = [
  `input${notWritten.map((type) => `:not([type=${type}])`).join("")}:not([readonly]):enabled:visible`,
  "textarea:not([readonly]):enabled:visible",
  "[contenteditable=true]:visible",
].join(", ");

/** Fields that are filled together, and where what sends them stands. */
interface Group {
  readonly place: Locator;
  readonly fields: Locator;
  /** Whether a button of a form beside them would send that form instead. */
  readonly isOutside: boolean;
}

/** A form, a dialog, or what a page has outside of forms. */
async function chooseGroup(visit: Visit): Promise<Group> {
  const { page, application, random } = visit;
  const body = page.locator("body");
  const reached = await application.reach?.(page, random);
  if (!reached && random.chance(0.4)) await openForm(visit);
  const dialog = page.locator("[role=dialog]:visible").last();
  const isAsked = !reached && (await dialog.locator(writable).count()) > 0;
  const place = reached ?? (isAsked ? dialog : body);
  const forms: Locator[] = [];
  // Some forms have no height while their fields are to be seen.
  for (const form of await place.locator("form").all()) {
    // Most pages have a form to search with; who is where people write came to write.
    for (let i = Math.min(await form.locator(writable).count(), 4); i > 0; i--) forms.push(form);
  }
  const fields = place.locator(writable).and(page.locator(":not(form *)"));
  const isOutside = forms.length === 0 || ((await fields.count()) > 0 && random.chance(1 / (forms.length + 1)));
  if (isOutside) return { place, fields, isOutside };
  const form = random.pick(forms);
  return { place: form, fields: form.locator(writable), isOutside };
}

/** Fills the fields of one form, or of what looks like one, and sends it. @returns false where there is none */
async function sendForm(visit: Visit, payload: string | undefined): Promise<boolean> {
  const { page, application, random } = visit;
  const group = await chooseGroup(visit);
  const fields = (await group.fields.all()).slice(0, mostFields);
  if (fields.length === 0) return false;
  const texts = [];
  for (const field of fields) if (isText(await kindOf(field))) texts.push(field);
  const target = payload === undefined || texts.length === 0 ? null : random.pick(texts);
  let last = fields[0]!;
  for (const field of fields) {
    const text = field === target ? payload! : whatToWrite(visit, await kindOf(field));
    // Who searches or edits leaves much as it stands.
    if (field !== target && text !== null && fields.length > 2 && random.chance(0.4)) continue;
    if (text === null) continue;
    await field.fill(text, { timeout: stepMs });
    last = field;
  }
  for (const choice of await group.place.locator("select:visible").all()) {
    const count = await choice.locator("option").count();
    if (count > 1 && random.chance(0.4)) await choice.selectOption({ index: random.below(count) }, { timeout: stepMs });
  }
  if (!(await application.submit?.(page))) await send(visit, group, last);
  return true;
}

async function send({ page, application, random }: Visit, { place, isOutside }: Group, last: Locator): Promise<void> {
  const all = place.locator("button:visible, input[type=submit]:visible");
  const buttons = isOutside ? all.and(page.locator(":not(form *)")) : all;
  const labelled = await buttons.evaluateAll((found) =>
    found.map((one, index) => {
      const { type, value } = one as unknown as { type: string; value?: string };
      const words = [one.textContent, value, one.getAttribute("title"), one.getAttribute("aria-label")];
      return { index, type, label: words.join(" ") };
    }),
  );
  const pressable = labelled.filter(
    ({ label }) =>
      !neverPressed.test(label) && !application.avoid?.test(label) && !/cancel|close|reset|delete|remove/i.test(label),
  );
  // An editor's tools stand in its form, too, and outnumber the one button that sends it.
  const sending = pressable.filter(({ type }) => type === "submit");
  const fit = (sending.length > 0 && random.chance(0.8) ? sending : pressable).map(({ index }) => index);
  const isLong = (await last.evaluate((element) => element.tagName)) !== "INPUT";
  if (fit.length > 0 && (isLong || random.chance(0.7))) await buttons.nth(random.pick(fit)).click({ timeout: stepMs });
  else await page.keyboard.press("Enter");
}

/** What a field asks for: its type, and all the words that stand at it. */
interface FieldKind {
  readonly type: string;
  readonly words: string;
}

/** What is asked of a field in the page, whose types the engine's code does not have. */
interface FieldElement {
  readonly type: string;
  readonly name?: string;
  readonly id: string;
  readonly placeholder?: string;
  readonly title: string;
  readonly labels?: readonly { readonly textContent: string | null }[];
}

function kindOf(field: Locator): Promise<FieldKind> {
  return field.evaluate((element) => {
    const input = element as unknown as FieldElement;
    const type = element.tagName === "INPUT" ? input.type : "long";
    const label = input.labels?.[0]?.textContent ?? "";
    const words = [input.name, input.id, input.placeholder, input.title, element.getAttribute("aria-label"), label];
    return { type, words: words.join(" ").toLowerCase() };
  });
}

const isText = ({ type }: FieldKind) => type === "text" || type === "search" || type === "long" || type === "";

/** @returns null: leave it as it is */
function whatToWrite({ application: { texts }, random }: Visit, { type, words }: FieldKind): string | null {
  if (type === "email" || /e-?mail/.test(words)) return `${random.pick(["mia", "o.hara", "j_lopez"])}@example.org`;
  if (type === "url" || /\burl\b|website|homepage/.test(words)) {
    const own = texts.lines.filter((text) => /^https?:/.test(text));
    return random.pick(own.length > 0 ? own : addresses);
  }
  const asksForNumber = /\b(count|limit|size|page|year|amount|quantity|interval|number)\b/.test(words);
  if (type === "number" || (asksForNumber && type !== "long" && !/title|name/.test(words))) {
    return String(random.between(1, 60));
  }
  if (type === "date" || /\bdate\b/.test(words)) return "2026-03-14";
  if (type === "time") return "09:30";
  if (type === "datetime-local") return "2026-03-14T09:30";
  if (type === "tel") return "+44 20 7946 0018";
  if (type === "long") return random.pick(texts.long);
  if (type === "search" || /search|query|filter|find|suche/.test(words)) return random.pick(texts.searches);
  return type === "text" || type === "" ? line(texts, random) : null;
}

const addresses = [
  "https://www.example.org/",
  "https://example.com/about?lang=en",
  "http://intranet.example/wiki/Start",
];

const line = ({ lines, searches }: VisitorTexts, random: Random) => random.pick(random.chance(0.85) ? lines : searches);
