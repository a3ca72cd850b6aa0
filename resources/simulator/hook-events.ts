/** What the hooks inside an application tell the player, a line of JSON each. `step` is the player's number for what it had asked. */
export type HookEvent =
  | { readonly type: "hooked"; readonly databases: readonly string[] }
  | StepEvent
  /** The application has answered. `calls`: how many of its calls there were, also those that were not told. */
  | { readonly type: "done"; readonly step: string; readonly calls: number };

/** Calls of one request that are told. */
export const mostTold = 500;

/** What it did at a place in it, at a time in milliseconds since 1970, with fractions. */
export type StepEvent = { readonly step: string; readonly site: string; readonly at: number } & (
  | { readonly type: "sql"; readonly statement: string }
  /** A statement that changed rows. */
  | { readonly type: "write"; readonly statement: string }
  | { readonly type: "read"; readonly path: string; readonly ok: boolean }
  | { readonly type: "spawn"; readonly args: readonly string[] }
  | { readonly type: "connect"; readonly to: string }
);

/** Now, on the clock that all processes of a machine share. */
export const now = () => performance.timeOrigin + performance.now();

/** Header that the player numbers its requests by; the application never sees it. */
export const stepHeader = "x-sentinel-step";
/** Descriptor that the hooks write to. */
export const hookFd = 3;
