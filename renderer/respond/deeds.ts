import type { GateDeed, GateStage } from "../../shared/gatekeeper-protocol.ts";
import type { Tone } from "../ui/badge.tsx";

/** What was done with a request, the least first. */
export const deeds = ["logged", "tagged", "challenged", "blocked"] as const satisfies readonly GateDeed[];

export const deedLabels: Record<GateDeed, string> = {
  logged: "Logged",
  tagged: "Tagged",
  challenged: "Challenged",
  blocked: "Blocked",
};

export const deedTones: Record<GateDeed, Tone> = {
  logged: "calm",
  tagged: "warn",
  challenged: "warn",
  blocked: "danger",
};

export const stageLabels: Record<GateStage, string> = { off: "Off", log: "Log", tag: "Tag", block: "Block" };
export const stageTones: Record<GateStage, Tone> = { off: "calm", log: "calm", tag: "warn", block: "danger" };
