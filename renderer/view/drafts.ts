import { create } from "zustand";

/**
 * Notes that are being written, by what they are about. SECURITY: in memory alone, since what the engine stores of them is sealed;
 * they are there until the engine has stored them, or the window closes.
 */
const useDrafts = create<Readonly<Record<string, string>>>(() => ({}));

export function writeDraft(about: string, text: string): void {
  useDrafts.setState({ [about]: text });
}

/** A draft and how it is changed. @param about what the note is about: "note 01a2" */
export function useDraft(about: string): [text: string, write: (text: string) => void] {
  const text = useDrafts((drafts) => drafts[about]);
  return [text ?? "", (next) => writeDraft(about, next)];
}

export function draftOf(about: string): string {
  return useDrafts.getState()[about] ?? "";
}

/** Puts a draft away whose text was stored, unless something else stands there by now. */
export function settleDraft(about: string, stored: string): void {
  if (draftOf(about).trim() === stored) writeDraft(about, "");
}
