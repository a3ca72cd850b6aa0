import { z } from "zod";
import { PayloadClass } from "./payload.ts";
import { defineRoute } from "./route.ts";
import { Id, Instant } from "./units.ts";

/** How far back a look goes; never further than the behaviour model has been in use here. */
export const driftWindows = ["day", "week", "model"] as const;
export const DriftWindow = z.enum(driftWindows);
export type DriftWindow = z.infer<typeof DriftWindow>;

/** `drifted`: certain and large; `moved`: certain and of middling size; `stable`: neither. */
export const DriftLevel = z.enum(["stable", "moved", "drifted"]);
export type DriftLevel = z.infer<typeof DriftLevel>;

const Share = z.number().min(0).max(1);

/** A stretch of values, above `from` and up to `to`, and the share of sessions in it. */
export const DriftBin = z.object({
  /** Null: open, or with `is_missing` no stretch at all. */
  from: z.number().nullable(),
  /** Whether `from` itself lies in the stretch; likewise `to`. */
  from_inside: z.boolean(),
  to: z.number().nullable(),
  to_inside: z.boolean(),
  /** Sessions whose evidence does not tell the value. */
  is_missing: z.boolean(),
  reference: Share,
  live: Share,
});
export type DriftBin = z.infer<typeof DriftBin>;

const DriftSpread = z.object({
  /** Of the available values, in the feature's unit; null without any. */
  median: z.number().nullable(),
  /** Share of sessions whose evidence does not tell the value. */
  missing: Share,
});

export const DriftSubject = z.enum(["feature", "behaviour_score", "payload_score"]);
export type DriftSubject = z.infer<typeof DriftSubject>;

/** A session to look at. */
export const DriftExample = z.object({
  verdict_id: Id,
  client: z.string().nullable(),
  host: z.string().nullable(),
  /** Method and path. */
  request_line: z.string(),
  decided_at: Instant,
});
export type DriftExample = z.infer<typeof DriftExample>;

export const DriftItem = z.object({
  subject: DriftSubject,
  name: z.string(),
  label: z.string(),
  unit: z.string(),
  meaning: z.string(),
  level: DriftLevel,
  /**
   * Whether such a difference is expected and raises no alarm: the shipped models were made from other applications. Payload scores that
   * are higher here than there are never expected.
   */
  is_expected: z.boolean(),
  /** Population stability index, less what chance gives on average. */
  psi: z.number().min(0),
  /** Distance of Kolmogorov and Smirnov; null where one side has no values. */
  ks: Share.nullable(),
  /** Probability of a difference like this or a larger one by chance, after all numbers of the look were counted. */
  p: Share,
  before: DriftSpread,
  after: DriftSpread,
  bins: z.array(DriftBin),
  /** Live sessions that it was read from. */
  sessions: z.number().int(),
  /** Sessions where the share grew most, newest first; of what is stable none. */
  examples: z.array(DriftExample),
});
export type DriftItem = z.infer<typeof DriftItem>;

export const DriftReason = z.object({
  kind: z.enum(["feature", "behaviour_score", "payload_score", "calibration", "coverage"]),
  name: z.string(),
  label: z.string(),
  /** Population stability index; mean error of probabilities; share that is missing to what sets promise. */
  size: z.number(),
  since: Instant,
  /** The look before that, which did not see it. */
  unseen: Instant.nullable(),
});
export type DriftReason = z.infer<typeof DriftReason>;

export const DriftAlarm = z.object({
  state: z.enum(["none", "raised", "acknowledged"]),
  reasons: z.array(DriftReason),
  acknowledged: z.object({ by: z.string(), at: Instant }).nullable(),
  /** To acknowledge it from. */
  version: z.number().int().min(0),
});
export type DriftAlarm = z.infer<typeof DriftAlarm>;

/** Payloads of similar probability of being an attack: what was said, and what labels found. */
export const ReliabilityBin = z.object({
  count: z.number().int(),
  said: Share,
  found: Share,
  low: Share,
  high: Share,
});
export type ReliabilityBin = z.infer<typeof ReliabilityBin>;

export const DriftCalibration = z.object({
  labelled: z.number().int(),
  /** Labels from which an error is told. */
  needed: z.number().int(),
  bins: z.array(ReliabilityBin),
  error: z.object({ value: Share, low: Share, high: Share }).nullable(),
  by_chance: Share.nullable(),
  excess: z.number().nullable(),
  is_off: z.boolean(),
  /** Of values that were drawn at random where nothing was flagged, and labelled: how probable it said an attack to be, and what they are. */
  drawn: z.object({ labelled: z.number().int(), bins: z.array(ReliabilityBin) }),
});
export type DriftCalibration = z.infer<typeof DriftCalibration>;

export const DriftCoverage = z.object({
  promised: Share,
  labelled: z.number().int(),
  held: z.number().int(),
  followed: z.array(z.object({ count: z.number().int(), mean: Share, low: Share, high: Share })),
  is_broken: z.boolean(),
  by_class: z.array(
    z.object({
      class: PayloadClass,
      labelled: z.number().int(),
      held: z.number().int(),
      /** On data that the model was only judged on; null: not known. */
      reference: Share.nullable(),
    }),
  ),
});
export type DriftCoverage = z.infer<typeof DriftCoverage>;

export const Drift = z.object({
  window: DriftWindow,
  at: Instant,
  /** Sessions decided since. */
  since: Instant,
  /** When the first and the last of them were decided; null: there are none. */
  from: Instant.nullable(),
  to: Instant.nullable(),
  /** `too_few`: not enough to tell; `no_reference`: the behaviour model was fitted to no sessions. */
  state: z.enum(["no_reference", "too_few", "stable", "moved", "drifted"]),
  /** Sessions that counted: benign, one a client, of clients never flagged. */
  sessions: z.number().int(),
  /** Sessions from which is told. */
  needed: z.number().int(),
  /** Sessions that were read, the others among them, and that the window holds. */
  read: z.number().int(),
  stored: z.number().int(),
  behaviour: z.object({
    hash: z.string(),
    /** Sessions that it was fitted to. */
    sessions: z.number().int(),
    /** When it was fitted to this machine's sessions; null: it is the shipped one. */
    fitted_at: Instant.nullable(),
    /**
     * The shipped model knows other applications, and is fitted to this one by itself: until then differences are expected and raise no
     * alarm. Null: not so.
     */
    expected_until: z.object({ sessions: z.number().int(), needed: z.number().int() }).nullable(),
  }),
  payload: z.object({
    hash: z.string(),
    /** What it was judged on when it was made; null: nothing was kept of that. */
    reference: z.object({ sessions: z.number().int(), source: z.string() }).nullable(),
    /** Counted sessions that it judged. */
    sessions: z.number().int(),
  }),
  /** What moved most first, what is expected to differ last; what no session has, here or there, is left out. */
  items: z.array(DriftItem),
  calibration: DriftCalibration,
  /** Null: what the model's sets promise is not known. */
  coverage: DriftCoverage.nullable(),
  /** Of the last seven days, whatever window is shown. */
  alarm: DriftAlarm,
  /** Why the last look by itself did not succeed; null: it did. */
  problem: z.string().nullable(),
});
export type Drift = z.infer<typeof Drift>;

export const getDrift = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/drift",
  summary: "Sessions, scores, probabilities and sets beside what the deployed models were made from",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ window: DriftWindow.default("week") }),
  output: Drift,
});

export const getDriftAlarm = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/drift/alarm",
  summary: "The drift alarm as the last look left it",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: DriftAlarm,
});

export const DriftLook = z.object({
  at: Instant,
  sessions: z.number().int(),
  /** Whether there was enough to tell. */
  is_told: z.boolean(),
  /** Largest population stability index; null where none was told. */
  largest: z.number().nullable(),
  moved: z.number().int(),
  drifted: z.array(z.string()),
  calibration_error: z.number().nullable(),
  coverage: z.object({ labelled: z.number().int(), held: z.number().int() }).nullable(),
  /** Whether other models decided than at the look before. */
  is_new_model: z.boolean(),
});
export type DriftLook = z.infer<typeof DriftLook>;

export const listDriftLooks = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/drift/looks",
  summary: "The last looks at drift, newest first",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ limit: z.coerce.number().int().min(1).max(500).default(200) }),
  output: z.array(DriftLook),
});

export const acknowledgeDrift = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/drift/acknowledge",
  summary: "Take note of the drift alarm: it stays quiet until it is worse. Can be undone",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ base_version: z.number().int().min(0) }),
  output: z.object({ event_id: Id }),
});

export const refitBehaviour = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/drift/refit",
  summary: "Fit the behaviour model to this machine's ordinary sessions now; the fit can be undone",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({}),
  output: z.object({ job_id: Id }),
});
