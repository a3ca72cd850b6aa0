/** Where keys do something; `elsewhere`: the screens that are no list. */
export const keyPlaces = [
  "queue",
  "cases",
  "case",
  "verdicts",
  "search",
  "session",
  "evidence",
  "models",
  "audit",
  "labelling",
  "datasets",
  "drift",
  "simulations",
  "rules",
  "approvals",
  "assistant",
  "settings",
  "elsewhere",
] as const;
export type KeyPlace = (typeof keyPlaces)[number];

interface KeyDefinition {
  /** The key that it has until somebody chooses another; null: none. Two keys one after the other stand with a blank: `g q`. */
  readonly key: string | null;
  /** Keys that it has beside that, whatever is chosen: those that lists, screen readers and dialogs share. */
  readonly fixed?: readonly string[];
  readonly label: string;
  readonly group:
    | "Lists"
    | "Alerts"
    | "Cases"
    | "Session"
    | "Labelling"
    | "Models"
    | "Drift"
    | "Response"
    | "Assistant"
    | "Everywhere"
    | "Go to";
  /** Where it is alive: two actions that meet nowhere may have the same key. */
  readonly where: readonly KeyPlace[];
}

const everywhere = keyPlaces;
const lists = [
  "queue",
  "cases",
  "case",
  "verdicts",
  "search",
  "session",
  "evidence",
  "models",
  "audit",
  "drift",
  "simulations",
  "rules",
  "approvals",
  "assistant",
] as const;
const longLists = ["queue", "cases", "verdicts", "search"] as const;
const decisions = ["queue", "session"] as const;
const labelling = ["labelling"] as const;

/** Everything that a key does, once, with its usual key: what binds keys, shows them, and lets them be changed reads this table. */
export const keymap = {
  next: { key: "j", fixed: ["ArrowDown"], label: "Next row", group: "Lists", where: [...lists, "datasets"] },
  previous: { key: "k", fixed: ["ArrowUp"], label: "Previous row", group: "Lists", where: [...lists, "datasets"] },
  first: { key: null, fixed: ["Home"], label: "First row", group: "Lists", where: lists },
  last: { key: null, fixed: ["End"], label: "Last row", group: "Lists", where: lists },
  pageDown: { key: null, fixed: ["PageDown"], label: "A page down", group: "Lists", where: lists },
  pageUp: { key: null, fixed: ["PageUp"], label: "A page up", group: "Lists", where: lists },
  open: { key: null, fixed: ["Enter"], label: "Open the row", group: "Lists", where: longLists },
  back: {
    key: null,
    fixed: ["Escape"],
    label: "Back, or clear selection and filter",
    group: "Lists",
    where: lists,
  },
  filter: {
    key: "/",
    label: "Go to the query or text filter",
    group: "Lists",
    where: [...longLists, "audit", "settings"],
  },
  showNew: { key: "n", label: "Show what is new", group: "Lists", where: longLists },
  whereElse: { key: "w", label: "Where else was it seen", group: "Lists", where: [...decisions, "search"] },
  verifyLog: { key: null, label: "Verify the whole chain of the log", group: "Lists", where: ["audit"] },
  select: { key: "x", label: "Select the row, or not", group: "Alerts", where: ["queue"] },
  selectAll: { key: "X", label: "Select all that match", group: "Alerts", where: ["queue"] },
  order: { key: null, label: "Newest or worst first", group: "Alerts", where: ["queue"] },
  saveQuery: { key: null, label: "Save this query", group: "Alerts", where: ["queue"] },
  close: { key: "c", label: "Close", group: "Alerts", where: [...decisions, "case"] },
  assign: { key: "a", label: "Assign", group: "Alerts", where: decisions },
  assignToMe: { key: "A", label: "Assign to me", group: "Alerts", where: decisions },
  tag: { key: "l", label: "Tags", group: "Alerts", where: decisions },
  inProgress: { key: "p", label: "In progress", group: "Alerts", where: decisions },
  reopen: { key: "o", label: "Reopen", group: "Alerts", where: decisions },
  snooze: { key: "s", label: "Snooze", group: "Alerts", where: decisions },
  severity: { key: "v", label: "Severity", group: "Alerts", where: decisions },
  note: { key: "m", label: "Note", group: "Alerts", where: decisions },
  putInCase: { key: "e", label: "Case", group: "Alerts", where: decisions },
  makeRule: { key: "R", label: "Make a rule of it", group: "Response", where: decisions },
  backtestRule: { key: "B", label: "Try the rule on stored requests", group: "Response", where: ["rules"] },
  raiseRule: { key: "S", label: "Next stage of the rule", group: "Response", where: ["rules"] },
  rollBackRule: { key: "O", label: "Take the rule back: off at once", group: "Response", where: ["rules"] },
  grantApproval: {
    key: "G",
    label: "Approve exactly what is shown",
    group: "Response",
    where: ["approvals", "assistant"],
  },
  denyApproval: { key: "D", label: "Deny it", group: "Response", where: ["approvals", "assistant"] },
  readyTask: {
    key: "Q",
    label: "Start a ready task about it",
    group: "Assistant",
    where: ["queue", "session", "case", "assistant", "elsewhere"],
  },
  writeRequest: { key: "I", label: "Write a request", group: "Assistant", where: ["assistant"] },
  newConversation: { key: "C", label: "Begin another conversation", group: "Assistant", where: ["assistant"] },
  cancelTask: { key: null, label: "Cancel the task", group: "Assistant", where: ["assistant"] },
  provenanceView: { key: "V", label: "Steps, or where the values come from", group: "Assistant", where: ["assistant"] },
  train: { key: null, label: "Train a model on the dataset", group: "Models", where: ["elsewhere"] },
  makeChampion: { key: null, label: "Make this model the champion", group: "Models", where: ["models"] },
  bringModel: { key: null, label: "Bring a model", group: "Models", where: ["models"] },
  makeUpdate: { key: null, label: "Make an update for other engines", group: "Models", where: ["elsewhere"] },
  bringUpdate: { key: null, label: "Bring updates of other engines", group: "Models", where: ["elsewhere"] },
  combineUpdates: { key: null, label: "Combine the chosen updates", group: "Models", where: ["elsewhere"] },
  newCase: { key: "N", label: "Open a new case", group: "Cases", where: ["cases"] },
  simulate: { key: "P", label: "Simulate the payloads in a sandbox", group: "Session", where: ["session"] },
  stopSimulation: { key: null, label: "Stop the simulation", group: "Session", where: ["simulations"] },
  nextAlert: { key: "J", label: "Next alert of the queue", group: "Session", where: ["session"] },
  previousAlert: { key: "K", label: "Previous alert of the queue", group: "Session", where: ["session"] },
  nextTab: {
    key: "]",
    label: "Next tab",
    group: "Session",
    where: ["session", "labelling", "datasets", "drift", "rules"],
  },
  previousTab: {
    key: "[",
    label: "Previous tab",
    group: "Session",
    where: ["session", "labelling", "datasets", "drift", "rules"],
  },
  labelSql: { key: "1", label: "It is SQL injection", group: "Labelling", where: labelling },
  labelXss: { key: "2", label: "It is cross-site scripting", group: "Labelling", where: labelling },
  labelCommand: { key: "3", label: "It is command injection", group: "Labelling", where: labelling },
  labelPath: { key: "4", label: "It is path traversal", group: "Labelling", where: labelling },
  labelXxe: { key: "5", label: "It is an XML external entity", group: "Labelling", where: labelling },
  labelCsrf: { key: "6", label: "It is request forgery", group: "Labelling", where: labelling },
  labelBenign: { key: "b", label: "It is benign", group: "Labelling", where: labelling },
  skipTask: { key: "i", label: "Skip for now", group: "Labelling", where: labelling },
  flagTask: { key: "f", label: "Flag for others", group: "Labelling", where: labelling },
  noteTask: { key: "r", label: "Note with the label", group: "Labelling", where: labelling },
  makeDataset: { key: "M", label: "Make a dataset version", group: "Labelling", where: ["datasets"] },
  acknowledgeDrift: { key: "W", label: "Take note of the alarm", group: "Drift", where: ["drift"] },
  driftWindow: { key: null, label: "Next stretch of time", group: "Drift", where: ["drift"] },
  palette: { key: "Ctrl+k", label: "Everything that can be done", group: "Everywhere", where: everywhere },
  decode: { key: "y", label: "Send what is selected to the decoder", group: "Everywhere", where: everywhere },
  help: { key: "?", label: "Show and change keys", group: "Everywhere", where: everywhere },
  undo: {
    key: "z",
    fixed: ["Ctrl+z"],
    label: "Undo the last thing done",
    group: "Everywhere",
    where: everywhere,
  },
  timeZone: { key: "u", label: "UTC or local time", group: "Everywhere", where: everywhere },
  theme: { key: "t", label: "Light, dark or system theme", group: "Everywhere", where: everywhere },
  contrast: { key: "h", label: "Normal, high or system contrast", group: "Everywhere", where: everywhere },
  density: { key: "d", label: "Comfortable or compact rows", group: "Everywhere", where: everywhere },
  panic: { key: null, label: "Panic: stop everything that acts", group: "Everywhere", where: everywhere },
  goAlerts: { key: "g q", label: "Go to the alert queue", group: "Go to", where: everywhere },
  goCases: { key: "g c", label: "Go to cases", group: "Go to", where: everywhere },
  goShift: { key: "g t", label: "Go to the shift", group: "Go to", where: everywhere },
  goVerdicts: { key: "g v", label: "Go to verdicts", group: "Go to", where: everywhere },
  goSearch: { key: "g f", label: "Go to the search over all requests", group: "Go to", where: everywhere },
  goDecoder: { key: "g d", label: "Go to the decoder", group: "Go to", where: everywhere },
  goMemory: { key: "g ,", label: "Go to the memory", group: "Go to", where: everywhere },
  goAssistant: { key: "g .", label: "Go to the assistant", group: "Go to", where: everywhere },
  goOutgoing: { key: "g -", label: "Go to what left this machine", group: "Go to", where: everywhere },
  goLabelling: { key: "g l", label: "Go to labelling", group: "Go to", where: everywhere },
  goDatasets: { key: "g n", label: "Go to datasets", group: "Go to", where: everywhere },
  goImport: { key: "g i", label: "Go to import", group: "Go to", where: everywhere },
  goEvidence: { key: "g e", label: "Go to evidence", group: "Go to", where: everywhere },
  goCanary: { key: "g y", label: "Go to the model on trial", group: "Go to", where: everywhere },
  goReplay: { key: "g r", label: "Go to time travel", group: "Go to", where: everywhere },
  goTraining: { key: "g p", label: "Go to training", group: "Go to", where: everywhere },
  goModels: { key: "g m", label: "Go to models", group: "Go to", where: everywhere },
  goFederation: { key: "g z", label: "Go to learning together", group: "Go to", where: everywhere },
  goGatekeepers: { key: "g w", label: "Go to gatekeepers", group: "Go to", where: everywhere },
  goImpact: { key: "g g", label: "Go to the impact of rules", group: "Go to", where: everywhere },
  goSandboxes: { key: "g x", label: "Go to sandboxes", group: "Go to", where: everywhere },
  goTrust: { key: "g ;", label: "Go to the trust in the agent", group: "Go to", where: everywhere },
  goTelemetry: { key: "g T", label: "Go to the telemetry of services", group: "Go to", where: everywhere },
  goSimulations: { key: "g u", label: "Go to simulations", group: "Go to", where: everywhere },
  goRules: { key: "g k", label: "Go to rules", group: "Go to", where: everywhere },
  goApprovals: { key: "g o", label: "Go to approvals", group: "Go to", where: everywhere },
  goAudit: { key: "g a", label: "Go to the audit log", group: "Go to", where: everywhere },
  goDrift: { key: "g b", label: "Go to drift", group: "Go to", where: everywhere },
  goHealth: { key: "g h", label: "Go to health", group: "Go to", where: everywhere },
  goSettings: { key: "g s", label: "Go to settings", group: "Go to", where: everywhere },
} as const satisfies Record<string, KeyDefinition>;

export type KeyAction = keyof typeof keymap;

/** The actions in the table's order. */
export const keyActions = Object.keys(keymap) as readonly KeyAction[];

/** An action as the table has it. */
export function keyOf(action: KeyAction): KeyDefinition {
  return keymap[action];
}

export function isKeyAction(name: string): name is KeyAction {
  return Object.hasOwn(keymap, name);
}
