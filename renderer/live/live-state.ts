import { create } from "zustand";

/** How this window hears of changes. `offline`: neither stream nor polling gets through. */
export type LiveMode = "connecting" | "live" | "polling" | "offline";

export const useLive = create<{ readonly mode: LiveMode }>(() => ({ mode: "connecting" }));

/** Alerts that the stream last said are different now; null: any. Who shows their rows reads them again. */
export const useChangedAlerts = create<{ readonly ids: ReadonlySet<string> | null }>(() => ({ ids: new Set() }));
