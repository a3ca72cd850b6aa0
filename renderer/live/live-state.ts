import { create } from "zustand";

/** How this window hears of changes. `offline`: neither stream nor polling gets through. */
export type LiveMode = "connecting" | "live" | "polling" | "offline";

export const useLive = create<{ readonly mode: LiveMode }>(() => ({ mode: "connecting" }));
