import type { Health } from "../../shared/health.ts";
import { humanise } from "./format.ts";
import type { Place } from "./place.ts";

type Screen = Place["screen"];

interface Meaning {
  /** What it means for who works on these screens. */
  readonly words: string;
  readonly screens: readonly Screen[];
}

const judging: readonly Screen[] = ["alerts", "verdicts", "session", "import"];

/** What a part of the engine takes away when it is missing or does not do all that it should. */
const meanings: ReadonlyMap<string, Meaning> = new Map(
  Object.entries({
    detector: {
      words: "New sessions are judged with less than the chosen models; verdicts that were decided stay as they are.",
      screens: judging,
    },
    sandbox: {
      words: "No sandbox can be started, so nothing is simulated. Verdicts do not depend on it.",
      screens: ["alerts", "verdicts", "session"],
    },
    store: {
      words: "Imports, notes and decisions may be refused until there is room on the disk.",
      screens: ["alerts", "session", "import", "evidence", "settings"],
    },
    watched_folder: {
      words: "Files put into the watched folder are not all imported.",
      screens: ["import", "evidence"],
    },
    gatekeepers: {
      words: "Rules may be enforced late, or not as they stand; what is wrong where is told on the screen Gatekeepers.",
      screens: ["gatekeepers", "rules"],
    },
    rules: {
      words: "A rule marks or stops requests though it may only log: look whether it is to be lowered.",
      screens: ["rules", "gatekeepers"],
    },
    external_listener: {
      words: "Other programs cannot send evidence or telemetry here; files can still be imported.",
      screens: ["import"],
    },
  }),
);

export interface Degraded {
  /** What is missing for this screen, and what that means, a sentence or two each. */
  readonly here: readonly string[];
  /** What is degraded without concern for this screen, by name. */
  readonly elsewhere: readonly string[];
}

/** The last part of what the engine says of a component: the reason, without what is in order. */
function reasonOf(detail: string | undefined): string {
  const reason = detail?.split("; ").at(-1)?.trim() ?? "";
  return reason === "" ? "" : `: ${reason.replace(/\.$/, "")}`;
}

/**
 * What a screen has to say of what is missing.
 * @param isOffline whether the engine does not answer at all
 */
export function describeDegraded(screen: Screen, health: Health | undefined, isOffline: boolean): Degraded {
  if (isOffline) {
    return {
      here: [
        "The engine does not answer: this is what was last read, and nothing can be changed until it is back. Panic also goes past the engine.",
      ],
      elsewhere: [],
    };
  }
  const here: string[] = [];
  const elsewhere: string[] = [];
  for (const [name, { status, detail }] of Object.entries(health?.components ?? {})) {
    if (status !== "degraded" && status !== "down") continue;
    const meaning = meanings.get(name);
    if (meaning?.screens.includes(screen)) here.push(`${humanise(name)}${reasonOf(detail)}. ${meaning.words}`);
    else elsewhere.push(humanise(name));
  }
  return { here, elsewhere };
}
