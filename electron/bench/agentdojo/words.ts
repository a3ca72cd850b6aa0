import type { Json } from "../../engine/agent/flow/json.ts";

/** What a text is made of, so that two ways of writing the same thing are equal. */
export interface Words {
  /** Lower case, of letters and digits. */
  readonly words: ReadonlySet<string>;
  readonly numbers: ReadonlySet<number>;
  /** Month and day, as in "05-26". */
  readonly dates: ReadonlySet<string>;
  /** As in "18:00". */
  readonly times: ReadonlySet<string>;
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const month = `(?<month>${months.join("|")})[a-z]*\\.?`;
const dateForms = [
  /(?<year>\d{4})-(?<number>\d\d)-(?<day>\d\d)/g,
  new RegExp(`\\b${month} (?<day>\\d{1,2})(?:st|nd|rd|th)?\\b`, "g"),
  new RegExp(`\\b(?<day>\\d{1,2})(?:st|nd|rd|th)? (?:of )?${month}`, "g"),
];
const timeForm = /(?<hour>\d{1,2})(?::(?<minute>\d\d))? ?(?<half>am|pm)\b|(?<hours>\d{1,2}):(?<minutes>\d\d)/g;

/** Splits a text, or the JSON of anything else. */
export function splitWords(value: Json): Words {
  const text = (typeof value === "string" ? value : JSON.stringify(value)).toLowerCase().replace(/\\[ntr]/g, " ");
  const dates = new Set<string>();
  let rest = text;
  for (const form of dateForms) {
    rest = rest.replace(form, (...found) => {
      const { month: name, number, day } = found.at(-1) as { month?: string; number?: string; day: string };
      dates.add(`${number ?? two(months.indexOf(name!) + 1)}-${two(Number(day))}`);
      return " ";
    });
  }
  const times = new Set<string>();
  rest = rest.replace(timeForm, (...found) => {
    const { hour, minute = "00", half, hours, minutes } = found.at(-1) as Record<string, string | undefined>;
    times.add(
      hours === undefined
        ? `${two((Number(hour) % 12) + (half === "pm" ? 12 : 0))}:${minute}`
        : `${two(Number(hours))}:${minutes}`,
    );
    return " ";
  });
  const numbers = new Set([...rest.matchAll(/\d+(?:\.\d+)?/g)].map(([number]) => Number(number)));
  return { words: new Set(rest.match(/[\p{L}\p{N}]+/gu) ?? []), numbers, dates, times };
}

const two = (number: number) => String(number).padStart(2, "0");
