import { z } from "zod";

export const lowestLevel = 0;
export const highestLevel = 4;
/** Tasks without incident that a level asks for before the next. */
export const tasksNeeded = 50;

/** What lowers the level. A denial does not, nor does what a scan finds: a hostile document could cause either. */
export const incidentKinds = ["failed_proof", "panic", "failed_red_team", "report"] as const;
export const IncidentKind = z.enum(incidentKinds);
export type IncidentKind = z.infer<typeof IncidentKind>;

const Level = z.number().int().min(lowestLevel).max(highestLevel);

/** A red-team run as it counts for the level. */
export const RedTeamMark = z.strictObject({
  level: Level,
  cases: z.number().int().min(0),
  failed: z.number().int().min(0),
  /** Of the policies and scanners that it was run with. */
  hash: z.string(),
  /** Milliseconds since 1970. */
  at: z.number().int(),
});
export type RedTeamMark = z.infer<typeof RedTeamMark>;

/** Where trust stands. */
export const TrustState = z.strictObject({
  level: Level,
  /** When the level, or the count towards the next, began anew; milliseconds since 1970. */
  since: z.number().int(),
  /** Completed since then without incident. */
  tasks: z.number().int().min(0),
  /** Since the beginning. */
  denials: z.number().int().min(0),
  incidents: z.number().int().min(0),
  /** The level that the configuration last set; null: none yet. */
  configured: Level.nullable(),
  red_team: RedTeamMark.nullable(),
});
export type TrustState = z.infer<typeof TrustState>;

export const initialTrust: TrustState = {
  level: lowestLevel,
  since: 0,
  tasks: 0,
  denials: 0,
  incidents: 0,
  configured: null,
  red_team: null,
};

const At = { at: z.number().int() };
const Reason = z.string().min(1).max(2000);
const payloads = {
  /** The operator's word. */
  "trust.configured": z.strictObject({ level: Level, ...At }),
  "trust.raised": z.strictObject({ reason: Reason, ...At }),
  /** A raise taken back: as it was before. */
  "trust.unraised": TrustState.pick({ level: true, since: true, tasks: true }),
  "trust.incident": z.strictObject({ kind: IncidentKind, detail: z.string().max(2000), ...At }),
  "trust.task": z.strictObject({ outcome: z.enum(["completed", "denied"]) }),
  "trust.red_team": RedTeamMark,
} as const;
export type TrustKind = keyof typeof payloads;
export type TrustPayload<K extends TrustKind> = z.infer<(typeof payloads)[K]>;

/** What may happen to trust. */
export type TrustEvent = { [K in TrustKind]: { readonly kind: K; readonly payload: TrustPayload<K> } }[TrustKind];

export const trustKinds = Object.keys(payloads) as TrustKind[];

/** An event of the log as one of trust. @throws ZodError when its payload is none */
export function readTrustEvent({ kind, payload }: { kind: string; payload: unknown }): TrustEvent {
  const schema: z.ZodType = payloads[kind as TrustKind];
  return { kind, payload: schema.parse(payload) } as TrustEvent;
}

/** The level after an incident: one below; after a panic the lowest. */
export function levelAfter(level: number, kind: IncidentKind): number {
  return kind === "panic" ? lowestLevel : Math.max(lowestLevel, level - 1);
}

/** What changed the level, or could have. */
export const TrustChangeKind = z.enum([...incidentKinds, "raised", "unraised", "configured"]);
export type TrustChangeKind = z.infer<typeof TrustChangeKind>;

/** Where trust stands after an event. The only place where it is decided. */
export function applyTrust(state: TrustState, { kind, payload }: TrustEvent): TrustState {
  switch (kind) {
    case "trust.configured":
      return { ...state, level: payload.level, configured: payload.level, since: payload.at, tasks: 0 };
    case "trust.raised":
      return { ...state, level: Math.min(highestLevel, state.level + 1), since: payload.at, tasks: 0 };
    case "trust.unraised":
      return { ...state, ...payload };
    case "trust.incident": {
      const level = levelAfter(state.level, payload.kind);
      return { ...state, level, since: payload.at, tasks: 0, incidents: state.incidents + 1 };
    }
    case "trust.task":
      return payload.outcome === "denied"
        ? { ...state, denials: state.denials + 1 }
        : { ...state, tasks: state.tasks + 1 };
    case "trust.red_team":
      return { ...state, red_team: payload };
  }
}

/** One thing that a raise asks for. */
export interface TrustCriterion {
  readonly name: "below_highest" | "tasks" | "red_team";
  readonly met: boolean;
  /** What is still missing, in words; what holds, where it is met. */
  readonly told: string;
}

/** What a raise asks for. @param inForce hash of the policies and scanners in force */
export function judgeRaise(state: TrustState, inForce: string): TrustCriterion[] {
  const { level, tasks, red_team: run, since } = state;
  const isLast = level >= highestLevel;
  return [
    {
      name: "below_highest",
      met: !isLast,
      told: isLast ? "This is the highest level." : `Level ${level + 1} comes next; none is skipped.`,
    },
    {
      name: "tasks",
      met: tasks >= tasksNeeded,
      told: `${tasks} of ${tasksNeeded} tasks completed at this level without incident.`,
    },
    { name: "red_team", ...judgeRun() },
  ];

  function judgeRun(): Pick<TrustCriterion, "met" | "told"> {
    if (run === null || run.at < since) return { met: false, told: "The red team has not run at this level yet." };
    if (run.level !== level) return { met: false, told: `The red team last ran at level ${run.level}, not ${level}.` };
    if (run.failed > 0) return { met: false, told: `${run.failed} of ${run.cases} red-team cases failed.` };
    if (run.cases === 0) return { met: false, told: "The red-team run had no cases." };
    if (run.hash !== inForce) {
      return { met: false, told: "Policies or scanners have changed since the red team ran: run it again." };
    }
    return { met: true, told: `All ${run.cases} red-team cases held at this level, with the policies in force.` };
  }
}
