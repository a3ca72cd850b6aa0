/** Size and version of an object as it is now. */
export interface ObjectFacts {
  /** Bytes. */
  readonly size: number;
  /** Changes with the content. */
  readonly version: string;
}

/** The fleet's store of evidence: S3, behind an adapter. */
export interface ObjectStore {
  /**
   * @param uri `s3://BUCKET/KEY`
   * @throws SentinelError NOT_FOUND, FORBIDDEN for a bucket that is not listed, UNAVAILABLE for what may be there later, with `denied: true` in its details
   * where the store answers and does not give it
   */
  look(uri: string, signal: AbortSignal): Promise<ObjectFacts>;
  /** Bytes of one version from an offset on. @throws SentinelError likewise, CONFLICT when it has changed */
  read(uri: string, from: number, version: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
  close(): void;
}
