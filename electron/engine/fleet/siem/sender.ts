import type { SiemOutput } from "../../../../shared/siem.ts";

/** An alert as it is sent. */
export interface SiemDocument {
  /** The same when it is sent again, by which a receiver knows it. */
  readonly id: string;
  readonly at: string;
  readonly text: string;
}

/** What became of a document: taken; refused for what it is, so that sending it again would not help; or to be sent again. */
export type SiemAnswer =
  | { readonly state: "taken" }
  | { readonly state: "refused" | "later" /** Never holds what was sent. */; readonly reason: string };

/** A way to a system that takes alerts. */
export interface SiemSender {
  /** @returns what became of each, in their order. @throws SentinelError UNAVAILABLE: none was taken */
  send(documents: readonly SiemDocument[]): Promise<readonly SiemAnswer[]>;
  /** Asks whether it would take some, in words. @throws SentinelError UNAVAILABLE */
  probe(): Promise<string>;
  /** Its clock minus this machine's, seconds; null: it has not said. */
  clockSkewSeconds(): number | null;
  close(): void;
}

/** @throws SentinelError UNAVAILABLE, SETTING_INVALID */
export type OpenSiem = (output: SiemOutput) => Promise<SiemSender>;
