/** What is known of a task beside its proofs: `request` as typed, `plan` as submitted, `workerByInputs` as `TaskState` has it. */
export interface TaskFacts {
  readonly task: string;
  readonly request: string;
  readonly plan: unknown;
  readonly planner: "claude" | "user";
  readonly strict: boolean;
  readonly workerByInputs: boolean;
  readonly policies: { readonly lists: unknown; readonly tools: unknown };
  /** When each step was done. */
  readonly levels: ReadonlyMap<string, number>;
  /** What each step gave, with the label that it was declared to have; for workers null where nothing was declared. */
  readonly outputs: ReadonlyMap<string, { readonly json: unknown; readonly declared: unknown }>;
  /** What was really called, by step. */
  readonly calls: ReadonlyMap<string, { readonly tool: string; readonly args: unknown }>;
  /** Approvals that were granted: what was shown, and the calls `{id, tool, args}` among it. */
  readonly approvals: ReadonlyMap<string, { readonly shown: unknown; readonly calls: readonly unknown[] }>;
}
