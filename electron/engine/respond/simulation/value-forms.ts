/** Longest form that is looked for in what an application does, characters. */
const longest = 4_000;

/** A value as it was sent, and as an application may see it: decoded once, twice, from a form, from JSON. At most eight. */
export function valueForms(raw: string, canonical: string): string[] {
  const forms = [raw];
  const add = (text: string | null) => {
    if (text !== null && text.length >= 2 && !forms.includes(text)) forms.push(text);
  };
  add(percentDecode(raw));
  add(percentDecode(raw.replaceAll("+", " ")));
  for (const form of [...forms]) add(percentDecode(form));
  for (const form of [...forms]) add(fromJson(form));
  add(canonical);
  return forms.map((form) => form.slice(0, longest)).slice(0, 8);
}

function percentDecode(text: string): string | null {
  if (!/%[0-9a-f]{2}/i.test(text)) return text;
  try {
    return decodeURIComponent(text.replace(/%(?![0-9a-f]{2})/gi, "%25"));
  } catch {
    return Buffer.from(unescape(text), "latin1").toString("utf8");
  }
}

function fromJson(text: string): string | null {
  if (!text.includes("\\")) return null;
  try {
    const value: unknown = JSON.parse(`"${text}"`);
    return typeof value === "string" ? value : null;
  } catch {
    return null;
  }
}
