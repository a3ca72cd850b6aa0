/** A server that newer versions are looked for at: asked for files of one folder, and told nothing. */
export interface UpdateServer {
  /** Scheme, host and port. */
  readonly origin: string;
  /**
   * @param name of a file in the folder
   * @throws SentinelError UNAVAILABLE where it does not answer, or not with the file; so does reading
   */
  read(name: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}

/** @param address of the folder */
export type OpenUpdateServer = (address: string) => UpdateServer;
