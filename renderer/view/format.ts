import { visibleWords } from "../../shared/visible-text.ts";
import type { TimeZone } from "./view.ts";

const formats = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: TimeZone, withDate: boolean, withMillis: boolean): Intl.DateTimeFormat {
  const key = `${zone}${withDate}${withMillis}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("sv-SE", {
      ...(zone === "utc" ? { timeZone: "UTC" } : {}),
      ...(withDate ? { year: "numeric", month: "2-digit", day: "2-digit" } : {}),
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      ...(withMillis ? { fractionalSecondDigits: 3 as const } : {}),
      hourCycle: "h23",
    });
    formats.set(key, format);
  }
  return format;
}

/** `2026-01-31 08:15:00`, in the zone of the screens. */
export function formatInstant(instant: string, zone: TimeZone): string {
  return formatter(zone, true, false).format(new Date(instant)).replace(",", ".");
}

const instants = /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z(?!\w)/g;

/** Words of the engine with every instant in them as the screens show it. */
export function formatInstantsIn(words: string, zone: TimeZone): string {
  return words.replace(instants, (instant) =>
    Number.isNaN(Date.parse(instant)) ? instant : formatInstant(instant, zone),
  );
}

/** `08:15:00.123`: the time of day alone. */
export function formatClock(instant: string, zone: TimeZone): string {
  return formatter(zone, false, true).format(new Date(instant)).replace(",", ".");
}

/** A score, two digits; a score just under a threshold never rounds up to it: 0.7499 is 0.74. */
export function formatScore(score: number): string {
  return (Math.floor(score * 100 + 1e-9) / 100).toFixed(2);
}

/** A share of the score with its sign: +0.213, −0.040. */
export function formatContribution(value: number): string {
  const digits = Math.abs(value).toFixed(3);
  if (Number(digits) === 0) return "0.000";
  return `${value < 0 ? "−" : "+"}${digits}`;
}

const whole = new Intl.NumberFormat("en-US");

export function formatCount(count: number): string {
  return whole.format(count);
}

/** A feature's value: whole numbers whole, others at three significant digits. */
export function formatValue(value: number | null): string {
  if (value === null) return "not available";
  if (Number.isInteger(value)) return whole.format(value);
  const size = Math.abs(value);
  if (size >= 1000) return whole.format(Math.round(value));
  if (size < 0.001) return value.toExponential(1);
  const shown = Number(value.toPrecision(3));
  // A probability of 0.9999 is no certainty.
  return shown === 1 && value < 1 ? "0.999" : String(shown);
}

/** A feature's unit as it stands behind a value; a plain ratio ("1", ISO 80000-1) has none to show. */
export function formatUnit(unit: string | undefined): string {
  return unit === undefined || unit === "1" ? "" : unit;
}

const units = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

export function formatBytes(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${unit === 0 ? size : size.toFixed(size < 10 ? 1 : 0)} ${units[unit]}`;
}

/** Milliseconds as a person would say it: 12 ms, 3.4 s, 5 min, 2 h 10 min. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${Number((ms / 1000).toFixed(1))} s`;
  const minutes = Math.round(ms / 60_000);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.round(hours / 24)} days`;
}

/** "1 session", "3 sessions". */
export function formatPlural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

const countryNames = new Intl.DisplayNames(["en"], { type: "region" });

/** Name of a country by its code (ISO 3166-1); what is no code stays as it is. */
export function nameCountry(code: string): string {
  return /^[A-Z]{2}$/.test(code) ? (countryNames.of(code) ?? code) : code;
}

/** Untrusted text in at most so many characters where it cannot be marked up: nothing in it stays hidden, and no character is halved. */
export function shorten(text: string, most: number): string {
  const characters = [...visibleWords(text)];
  return characters.length > most ? `${characters.slice(0, most - 1).join("")}…` : characters.join("");
}

/** `snake_case` as words, for names that have no label of their own. */
export function humanise(name: string): string {
  const words = name.replaceAll("_", " ").trim();
  return words === "" ? name : words.charAt(0).toUpperCase() + words.slice(1);
}

const familyNames: Readonly<Record<string, string>> = {
  nosql_injection: "NoSQL injection",
  ldap_injection: "LDAP injection",
  crlf_injection: "CRLF injection",
  ssti: "SSTI",
  ssi_injection: "SSI injection",
  log4shell: "Log4Shell",
  ssrf: "SSRF",
};

/** What a family of attacks is called behind its class: "SSTI", "code injection". Rules and models may bring families of their own. */
export function formatFamily(family: string): string {
  return familyNames[family] ?? humanise(family).toLowerCase();
}

/** An instant as `<input type="datetime-local">` wants it, in the zone of the screens. */
export function toLocalInput(instant: string | undefined, zone: TimeZone): string {
  return instant === undefined ? "" : formatInstant(instant, zone).replace(" ", "T");
}

/** What was typed into such an input, as an instant; undefined where it is empty or no date. */
export function fromLocalInput(text: string, zone: TimeZone): string | undefined {
  if (text === "") return undefined;
  const at = new Date(zone === "utc" ? `${text}Z` : text);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
