import type { Health } from "../../shared/health.ts";
import { humanise } from "./format.ts";
import type { Place } from "./place.ts";

type Screen = Place["screen"];

interface Meaning {
  /** What it means for who works on these screens. */
  readonly words: string;
  readonly screens: readonly Screen[];
  /** Where "off" is how it begins, and takes nothing away. */
  readonly isFineOff?: true;
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
      screens: ["session", "simulations", "sandboxes"],
    },
    worker: {
      words:
        "Without the local model the agent reads by rule only what is unmistakable, and texts of ready tasks are written by rule. Alerts, cases and reports do not depend on it.",
      screens: ["assistant"],
    },
    prompt_guard: {
      words: "Texts that the agent reads are held back until the Prompt Guard model can judge them.",
      screens: ["assistant"],
    },
    planner: {
      words: "Without a planner free requests are not planned; ready tasks and plans made by hand work.",
      screens: ["assistant"],
    },
    embeddings: {
      words: "Questions to the memory find what shares their words, not what means the same.",
      screens: ["memory"],
    },
    kafka: {
      words:
        "Nothing comes from the other engines of the fleet, and what is decided here reaches them once it answers; it is kept until then.",
      screens: ["alerts", "verdicts", "cases", "session", "evidence", "rules", "approvals"],
    },
    s3: {
      words: "Evidence that lies on the bucket cannot be fetched until it answers; what is here stays.",
      screens: ["evidence", "session", "import"],
    },
    store: {
      words: "Imports, notes and decisions may be refused until there is room on the disk.",
      screens: ["alerts", "session", "import", "evidence", "settings"],
    },
    watched_folder: {
      words: "Files put into the watched folder are not all imported.",
      screens: ["import", "evidence"],
    },
    enrichment: {
      words:
        "Country, network or reputation of addresses are not told as the settings ask: what is wrong stands on the screen Health.",
      screens: ["settings", "session"],
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
      screens: ["import", "telemetry"],
    },
    telemetry: {
      words: "Samples are answered all the same: by fixed limits, or OK.",
      screens: ["telemetry"],
    },
    telemetry_reference: {
      words: "The model judges on, as it was fitted before.",
      screens: ["telemetry"],
      isFineOff: true,
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

const names: Readonly<Record<string, string>> = { worker: "Local model", s3: "S3" };

const nameOf = (component: string) => (Object.hasOwn(names, component) ? names[component]! : humanise(component));

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
    if (status === "healthy") continue;
    const meaning = meanings.get(name);
    if (status === "off" && meaning?.isFineOff === true) continue;
    if (meaning?.screens.includes(screen)) here.push(`${nameOf(name)}${reasonOf(detail)}. ${meaning.words}`);
    // What is switched off, or was never there, concerns nobody who does not need it.
    else if (status !== "off") elsewhere.push(nameOf(name));
  }
  return { here, elsewhere };
}
