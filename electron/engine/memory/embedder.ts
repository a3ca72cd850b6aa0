/** What a text is embedded for: some models tell the two apart. */
export type EmbeddingPurpose = "document" | "query";

/** Turns texts into vectors whose directions are alike where the texts mean alike. */
export interface Embedder {
  /** Names model and version: vectors of different names are never compared. */
  readonly name: string;
  readonly dimensions: number;
  /**
   * @returns a vector of `dimensions` finite numbers for each text, in order
   * @throws SentinelError UNAVAILABLE when it does not answer, or not as agreed
   */
  embed(texts: readonly string[], purpose: EmbeddingPurpose, signal: AbortSignal): Promise<Float32Array[]>;
}

/** An embedder that another program runs, and that may be away. */
export interface EmbeddingServer {
  /** For people: which model, where. */
  readonly description: string;
  /** Looks whether it is there, and which model it has. @throws SentinelError UNAVAILABLE with the reason */
  find(signal: AbortSignal): Promise<Embedder>;
}
