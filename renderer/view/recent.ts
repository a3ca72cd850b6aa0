const storageKey = "sentinel.recent";
const most = 8;

/** What was chosen from the palette in this browser, the last first: names of entries, never what was typed. */
export function readRecent(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(storageKey) ?? "[]");
    return Array.isArray(kept) ? kept.filter((id) => typeof id === "string").slice(0, most) : [];
  } catch {
    return [];
  }
}

export function keepRecent(id: string): void {
  const others = readRecent().filter((other) => other !== id);
  localStorage.setItem(storageKey, JSON.stringify([id, ...others].slice(0, most)));
}
