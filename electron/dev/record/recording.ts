import { z } from "zod";
import type { PlantedAttack } from "./visitor.ts";

const Header = z.looseObject({ name: z.string(), value: z.string() });
const Entry = z.looseObject({
  startedDateTime: z.string(),
  request: z.looseObject({
    method: z.string(),
    url: z.string(),
    headers: z.array(Header),
    postData: z.looseObject({ text: z.string().optional() }).optional(),
  }),
  response: z.looseObject({
    headers: z.array(Header),
    content: z.looseObject({ mimeType: z.string().optional(), text: z.string().optional() }),
  }),
});
export type Entry = z.infer<typeof Entry>;
const Recording = z.looseObject({
  log: z.looseObject({ version: z.string(), creator: z.looseObject({}), entries: z.array(Entry) }),
});

/**
 * The entries of a recording as they are shipped: without what only the rehearsal added (the shop's key, the visitor's given address),
 * without bodies of style sheets and scripts, and with the folders of the recording machine replaced by those a server would have.
 *
 * @param folders [as on this machine, as shipped]
 */
export function readEntries(text: string, folders: readonly (readonly [string, string])[]): Entry[] {
  const cleaned = folders.reduce((all, [from, to]) => all.replaceAll(JSON.stringify(from).slice(1, -1), to), text);
  return Recording.parse(JSON.parse(cleaned)).log.entries.map((entry) => {
    const { pageref: _page, ...rest } = Object.fromEntries(
      Object.entries(entry).filter(([name]) => !name.startsWith("_")),
    );
    const { text: body, encoding: _encoding, ...content } = entry.response.content;
    const keep = /html|json|plain/.test(content.mimeType ?? "") && body !== undefined;
    return Entry.parse({
      ...rest,
      request: {
        ...entry.request,
        headers: entry.request.headers.filter((h) => !rehearsalHeaders.has(h.name.toLowerCase())),
      },
      response: { ...entry.response, content: keep ? entry.response.content : content },
    });
  });
}

const rehearsalHeaders = new Set(["x-shop-key", "x-forwarded-for"]);

/** @param recorder its name, as the file tells it */
export function formatRecording(entries: readonly Entry[], recorder = "Sentinel shadow shop recorder"): string {
  const byTime = entries.toSorted((a, b) => a.startedDateTime.localeCompare(b.startedDateTime));
  const creator = { name: recorder, version: "1" };
  return `${JSON.stringify({ log: { version: "1.2", creator, entries: byTime } })}\n`;
}

/** Index of the entry that carries a planted attack. @param used entries that carry an earlier one */
export function findAttack(entries: readonly Entry[], attack: PlantedAttack, used: ReadonlySet<number>): number {
  return entries.findIndex((entry, index) => {
    if (used.has(index) || entry.request.method !== attack.method) return false;
    const url = new URL(entry.request.url);
    if (url.pathname !== attack.path) return false;
    if (attack.place === "query")
      return decodeFully(url.searchParams.get(attack.name) ?? "") === decodeFully(attack.payload);
    const body = entry.request.postData?.text ?? "";
    if (attack.place === "form") return new URLSearchParams(body).get(attack.name) === attack.payload;
    if (attack.place === "xml") return body === attack.payload;
    return entry.request.headers.some((h) => h.name.toLowerCase() === "origin" && h.value !== url.origin);
  });
}

/** Whether a request carries a text in its address or its body, as it is or escaped as addresses, forms, JSON and XML do it. */
export function carries({ request: { url, postData } }: Entry, text: string): boolean {
  const plain = squeeze(text);
  return [url, postData?.text ?? ""].some((where) =>
    [where, where.replaceAll("+", " ")].some((one) =>
      [one, unescapeJson(one), unescapeMarkup(one), unescapeMarkup(unescapeJson(one))].some(
        (read) => squeeze(read).includes(plain) || squeeze(decodeFully(read)).includes(plain),
      ),
    ),
  );
}

const squeeze = (text: string) => text.replaceAll(/\s+/g, " ");

const unescapeJson = (text: string) =>
  text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, hex: string | undefined, one: string) =>
    hex === undefined ? ({ n: "\n", r: "\r", t: "\t" }[one] ?? one) : String.fromCharCode(Number.parseInt(hex, 16)),
  );

const unescapeMarkup = (text: string) =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll(/&#0?39;|&apos;/g, "'")
    .replaceAll("&amp;", "&");

function decodeFully(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
