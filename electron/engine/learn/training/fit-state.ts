/** Everything that a fit is between two epochs. Plain data. */
export interface FitState {
  /** Epochs that are done. */
  readonly epoch: number;
  /** Where the stream of random numbers stands. */
  readonly random: Int32Array;
  /** Samples in the order of the last epoch. */
  readonly order: Int32Array;
  /** Weights and accumulators. */
  readonly arrays: readonly Float32Array[];
}
