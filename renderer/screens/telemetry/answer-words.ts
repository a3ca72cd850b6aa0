import type { FlowOverride } from "../../../shared/telemetry.ts";
import type { Tone } from "../../ui/badge.tsx";

export const answerWords: Record<"OK" | "throttle" | "freeze", { word: string; tone: Tone }> = {
  OK: { word: "OK", tone: "calm" },
  throttle: { word: "Throttle", tone: "warn" },
  freeze: { word: "Freeze", tone: "danger" },
};

export const decisionWords: Record<FlowOverride["action"], { word: string; tone: Tone }> = {
  allow: { word: "Always OK", tone: "good" },
  throttle: { word: "Throttled", tone: "warn" },
  freeze: { word: "Frozen", tone: "danger" },
};

/** `12 %`, `0.4 %`: a share of samples; one that is not nought never reads so. */
export function formatShare(part: number, whole: number): string {
  if (part === 0 || whole === 0) return "0 %";
  const percent = (100 * part) / whole;
  return percent < 0.1 ? "under 0.1 %" : `${percent < 10 ? Number(percent.toFixed(1)) : Math.round(percent)} %`;
}

/** Milliseconds at three significant digits. */
export function formatMs(ms: number): string {
  return `${ms.toLocaleString("en", { maximumSignificantDigits: 3 })} ms`;
}
