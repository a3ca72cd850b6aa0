/** What the hooks inside an application tell the player, a line of JSON each. `step` is the player's number for what it had asked. */
export type HookEvent =
  | { readonly type: "hooked"; readonly databases: readonly string[] }
  | { readonly type: "sql"; readonly step: string; readonly statement: string; readonly site: string }
  /** A statement that changed rows. */
  | { readonly type: "write"; readonly step: string; readonly statement: string; readonly site: string }
  | { readonly type: "read"; readonly step: string; readonly path: string; readonly ok: boolean; readonly site: string }
  | { readonly type: "spawn"; readonly step: string; readonly args: readonly string[]; readonly site: string }
  | { readonly type: "connect"; readonly step: string; readonly to: string; readonly site: string }
  /** The application has answered. */
  | { readonly type: "done"; readonly step: string };

export type StepEvent = Exclude<HookEvent, { type: "hooked" | "done" }>;

/** Header that the player numbers its requests by; the application never sees it. */
export const stepHeader = "x-sentinel-step";
/** Descriptor that the hooks write to. */
export const hookFd = 3;
