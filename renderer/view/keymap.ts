/** Every keyboard shortcut, once: what binds them and what the help shows read this table. */
export const keymap = {
  next: { keys: ["j", "ArrowDown"], label: "Next row", group: "Lists" },
  previous: { keys: ["k", "ArrowUp"], label: "Previous row", group: "Lists" },
  first: { keys: ["Home"], label: "First row", group: "Lists" },
  last: { keys: ["End"], label: "Last row", group: "Lists" },
  pageDown: { keys: ["PageDown"], label: "A page down", group: "Lists" },
  pageUp: { keys: ["PageUp"], label: "A page up", group: "Lists" },
  open: { keys: ["Enter"], label: "Open the row", group: "Lists" },
  back: { keys: ["Escape"], label: "Back, or clear selection and filter", group: "Lists" },
  filter: { keys: ["/"], label: "Go to the query or text filter", group: "Lists" },
  showNew: { keys: ["n"], label: "Show what is new", group: "Lists" },
  density: { keys: ["d"], label: "Comfortable or compact rows", group: "Lists" },
  select: { keys: ["x"], label: "Select the row, or not", group: "Alerts" },
  selectAll: { keys: ["X"], label: "Select all that match", group: "Alerts" },
  close: { keys: ["c"], label: "Close", group: "Alerts" },
  assign: { keys: ["a"], label: "Assign", group: "Alerts" },
  assignToMe: { keys: ["A"], label: "Assign to me", group: "Alerts" },
  tag: { keys: ["l"], label: "Tags", group: "Alerts" },
  inProgress: { keys: ["p"], label: "In progress", group: "Alerts" },
  reopen: { keys: ["o"], label: "Reopen", group: "Alerts" },
  snooze: { keys: ["s"], label: "Snooze", group: "Alerts" },
  severity: { keys: ["v"], label: "Severity", group: "Alerts" },
  putInCase: { keys: ["e"], label: "Case", group: "Alerts" },
  note: { keys: ["m"], label: "Note", group: "Alerts" },
  newCase: { keys: ["N"], label: "Open a new case", group: "Cases" },
  nextAlert: { keys: ["J"], label: "Next alert of the queue", group: "Session" },
  previousAlert: { keys: ["K"], label: "Previous alert of the queue", group: "Session" },
  nextTab: { keys: ["]"], label: "Next tab", group: "Session" },
  previousTab: { keys: ["["], label: "Previous tab", group: "Session" },
  help: { keys: ["?"], label: "Show these shortcuts", group: "Everywhere" },
  theme: { keys: ["t"], label: "Light, dark or system theme", group: "Everywhere" },
  timeZone: { keys: ["u"], label: "UTC or local time", group: "Everywhere" },
  undo: { keys: ["z", "Ctrl+z"], label: "Undo the last thing done", group: "Everywhere" },
  goAlerts: { keys: ["g q"], label: "Go to the alert queue", group: "Go to" },
  goCases: { keys: ["g c"], label: "Go to cases", group: "Go to" },
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

/** A key as the table writes it; null: it belongs to the browser or the system. */
function nameOf({ key, ctrlKey, metaKey, altKey }: KeyPress): string | null {
  if (altKey) return null;
  // Where there is a Command key it does what Control does elsewhere.
  return ctrlKey || metaKey ? `Ctrl+${key}` : key;
}

const actions = Object.entries(keymap) as [KeyAction, { keys: readonly string[] }][];

/**
 * Turns key presses into actions.
 * @returns a function of (press, now in ms) that gives the action, or null; a first key of a chord gives null
 */
export function createKeyReader(): (press: KeyPress, now: number) => KeyAction | null {
  let lead: { key: string; at: number } | null = null;
  return (press, now) => {
    const name = nameOf(press);
    if (name === null) return null;
    const chord = lead !== null && now - lead.at <= chordMs ? `${lead.key} ${name}` : null;
    lead = null;
    for (const [action, { keys }] of actions) {
      if (chord !== null && keys.includes(chord)) return action;
    }
    for (const [action, { keys }] of actions) {
      if (keys.includes(name)) return action;
      if (keys.some((key) => key.startsWith(`${name} `))) lead = { key: name, at: now };
    }
    return null;
  };
}
