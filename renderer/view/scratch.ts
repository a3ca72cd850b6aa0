import { create } from "zustand";
import { type DecoderName, longestScratch } from "../../shared/decode.ts";
import { goTo } from "./place.ts";

interface Scratch {
  /** What is to be decoded. Neither in the address nor in storage: it may be a secret. */
  readonly text: string;
  /** Null: as the detector reads it. */
  readonly steps: readonly DecoderName[] | null;
  set(change: Partial<Pick<Scratch, "text" | "steps">>): void;
}

/** View state of the decoder. */
export const useScratch = create<Scratch>((set) => ({
  text: "",
  steps: null,
  set: (change) => set(change),
}));

/** Opens the decoder with a text, read as the detector does. */
export function sendToDecoder(text: string): void {
  useScratch.getState().set({ text: text.slice(0, longestScratch), steps: null });
  goTo({ screen: "decoder" });
}
