/** Every keyboard shortcut, once: what binds them and what the help shows read this table. */
export const keymap = {
  next: { keys: ["j", "ArrowDown"], label: "Next row", group: "Lists" },
  previous: { keys: ["k", "ArrowUp"], label: "Previous row", group: "Lists" },
  first: { keys: ["Home"], label: "First row", group: "Lists" },
  last: { keys: ["End"], label: "Last row", group: "Lists" },
  pageDown: { keys: ["PageDown"], label: "A page down", group: "Lists" },
  pageUp: { keys: ["PageUp"], label: "A page up", group: "Lists" },
  open: { keys: ["Enter"], label: "Open the row", group: "Lists" },
  back: { keys: ["Escape"], label: "Back, or clear the filter", group: "Lists" },
  filter: { keys: ["/"], label: "Go to the text filter", group: "Verdicts" },
  showNew: { keys: ["n"], label: "Show new verdicts", group: "Verdicts" },
  density: { keys: ["d"], label: "Comfortable or compact rows", group: "Verdicts" },
  nextTab: { keys: ["]"], label: "Next tab", group: "Session" },
  previousTab: { keys: ["["], label: "Previous tab", group: "Session" },
  help: { keys: ["?"], label: "Show these shortcuts", group: "Everywhere" },
  theme: { keys: ["t"], label: "Light, dark or system theme", group: "Everywhere" },
  timeZone: { keys: ["u"], label: "UTC or local time", group: "Everywhere" },
  undo: { keys: ["z"], label: "Undo the last action that offers it", group: "Everywhere" },
  goVerdicts: { keys: ["g v"], label: "Go to verdicts", group: "Go to" },
  goImport: { keys: ["g i"], label: "Go to import", group: "Go to" },
  goEvidence: { keys: ["g e"], label: "Go to evidence", group: "Go to" },
  goAudit: { keys: ["g a"], label: "Go to the audit log", group: "Go to" },
  goHealth: { keys: ["g h"], label: "Go to health", group: "Go to" },
  goSettings: { keys: ["g s"], label: "Go to settings", group: "Go to" },
} as const satisfies Record<string, { keys: readonly string[]; label: string; group: string }>;

export type KeyAction = keyof typeof keymap;

/** What of a keyboard event matters here. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** Remembers the first key of a two-key shortcut ("g v") for this long. */
const chordMs = 1200;

/**
 * Turns key presses into actions.
 * @returns a function of (press, now in ms) that gives the action, or null; a first key of a chord gives null
 */
export function createKeyReader(): (press: KeyPress, now: number) => KeyAction | null {
  let lead: { key: string; at: number } | null = null;
  return (press, now) => {
    if (press.ctrlKey || press.metaKey || press.altKey) return null;
    const chord = lead !== null && now - lead.at <= chordMs ? `${lead.key} ${press.key}` : null;
    lead = null;
    for (const [action, { keys }] of Object.entries(keymap) as [KeyAction, { keys: readonly string[] }][]) {
      if (chord !== null && keys.includes(chord)) return action;
    }
    for (const [action, { keys }] of Object.entries(keymap) as [KeyAction, { keys: readonly string[] }][]) {
      if (keys.includes(press.key)) return action;
      if (keys.some((key) => key.startsWith(`${press.key} `))) lead = { key: press.key, at: now };
    }
    return null;
  };
}
