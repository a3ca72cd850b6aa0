/** What is scanned, and what is known about it. */
export interface Scannable {
  readonly text: string;
  /** What the text is: something to be read, what somebody typed, what a worker answered. */
  readonly kind: "input" | "prompt" | "output";
  /** Programming language, where it is known. */
  readonly language?: string;
  /** What the worker was given, where `text` is its answer. */
  readonly input?: string;
  /** What surrounds the text or what it is for, in words. */
  readonly context?: string;
}
export interface Finding {
  /** Stable name of the rule or model that found it. One that begins with `scanner_` says that nobody looked, and holds every text back. */
  readonly rule: string;
  readonly why: string;
  /** Where, in UTF-16 offsets of `text`; absent where it is about the whole. */
  readonly start?: number;
  readonly end?: number;
  readonly score?: number; // in [0, 1]
}
export interface ScanOutcome {
  readonly flagged: boolean;
  readonly findings: readonly Finding[];
}
export interface Scanner {
  readonly name: "injection" | "code" | "echo" | "credentials" | "personal_data" | "links" | "blobs";
  scan(what: Scannable, signal: AbortSignal): Promise<ScanOutcome>;
}
