import { parseAlertQuery } from "../../shared/alert-query.ts";
import type { KeyBindings } from "../../shared/key-bindings.ts";
import { type KeyAction, type KeyPlace, keyActions, keyOf } from "../../shared/keymap.ts";
import type { NamedQuery } from "../../shared/named-query.ts";
import { matchWords } from "../view/fuzzy.ts";

/** What an entry of the palette does. */
export type PaletteDeed =
  | { readonly kind: "action"; readonly action: KeyAction }
  | { readonly kind: "view"; readonly query: NamedQuery }
  | { readonly kind: "ask"; readonly q: string }
  | { readonly kind: "alert"; readonly id: string };

export interface PaletteEntry {
  readonly id: string;
  readonly label: string;
  readonly detail: string;
  /** The key that does the same. */
  readonly key: string | undefined;
  /** Why it cannot be done now; null where it can. */
  readonly why: string | null;
  readonly deed: PaletteDeed;
}

interface PaletteSources {
  /** What can be done here, and for each why it cannot be done now, or null. */
  readonly alive: ReadonlyMap<KeyAction, string | null>;
  readonly bindings: KeyBindings;
  readonly named: readonly NamedQuery[];
}

const placeWords: Record<KeyPlace, string> = {
  queue: "in the alert queue",
  cases: "in the list of cases",
  case: "in a case",
  verdicts: "in the verdict list",
  search: "in the search",
  session: "in a session",
  evidence: "in the list of evidence",
  models: "in the list of models",
  audit: "in the audit log",
  labelling: "in labelling",
  datasets: "in the datasets",
  simulations: "on the simulations screen",
  drift: "on the drift screen",
  rules: "among the rules",
  approvals: "among the approvals",
  assistant: "in the assistant",
  settings: "in the settings",
  elsewhere: "elsewhere",
};

function whereElse(action: KeyAction): string {
  const places = keyOf(action).where.map((place) => placeWords[place]);
  const last = places.at(-1) ?? "";
  return `only ${places.length < 2 ? last : `${places.slice(0, -1).join(", ")} or ${last}`}`;
}

/** The actions of the table and the saved queries. */
function listEntries({ alive, bindings, named }: PaletteSources): PaletteEntry[] {
  const actions = keyActions
    .filter((action) => action !== "palette")
    .map((action): PaletteEntry => {
      const why = alive.get(action);
      const { label, group } = keyOf(action);
      return {
        id: `action:${action}`,
        label,
        detail: group,
        key: bindings[action][0],
        why: why === undefined ? whereElse(action) : why,
        deed: { kind: "action", action },
      };
    });
  const kinds = { view: "View", suppress: "Suppressed", watch: "Watched" };
  const views = named.map(
    (query): PaletteEntry => ({
      id: `view:${query.id}`,
      label: `${kinds[query.kind]}: ${query.name}`,
      detail: query.q,
      key: undefined,
      why: null,
      deed: { kind: "view", query },
    }),
  );
  return [...actions, ...views];
}

/** What was typed as a question to the queue; null where it is no such thing. */
function askEntry(typed: string): PaletteEntry | null {
  const q = typed.trim();
  if (q === "") return null;
  const [problem] = parseAlertQuery(q, Date.now()).problems;
  return {
    id: "ask",
    label: `Ask the queue: ${q}`,
    detail: "Query",
    key: undefined,
    why: problem === undefined ? null : problem.message.replaceAll("`", '"'),
    deed: { kind: "ask", q },
  };
}

/** An id of an alert, in hexadecimal digits. */
const idLike = /^[0-9a-f]{32,64}$/i;
/** Fields and comparisons of the queue's language. */
const queryLike = /[:<>=]/;

/**
 * What the palette offers for what was typed: the best fit first, of equal ones what was chosen last. What cannot be done now stands
 * behind, with the reason, and only when it is looked for.
 */
export function findEntries(typed: string, sources: PaletteSources, recent: readonly string[]): PaletteEntry[] {
  const text = typed.trim();
  const rank = (id: string) => (recent.includes(id) ? recent.indexOf(id) : recent.length);
  const found = listEntries(sources)
    .flatMap((entry) => {
      // Nobody opens the palette to go to the next row.
      if (text === "") return entry.why === null ? [{ entry, score: entry.detail === "Lists" ? 1 : 0 }] : [];
      const score = matchWords(text, `${entry.label} ${entry.detail}`);
      return score === null ? [] : [{ entry, score: score + (entry.why === null ? 0 : 1000) }];
    })
    .sort((a, b) => a.score - b.score || rank(a.entry.id) - rank(b.entry.id))
    .map(({ entry }) => entry);
  const ask = askEntry(text);
  if (ask === null) return found;
  if (idLike.test(text)) {
    const id = text.toLowerCase();
    const alert: PaletteEntry = {
      id: "alert",
      label: `Open the alert ${id}`,
      detail: "Alert",
      key: undefined,
      why: null,
      deed: { kind: "alert", id },
    };
    return [alert, ...found, ask];
  }
  return queryLike.test(text) ? [ask, ...found] : [...found, ask];
}
