/**
 * Options of a pool with one thread, started when there is work. Nobody reads the times that a pool would record of its tasks, in
 * histograms of 700 KB.
 */
export const onDemand = { minThreads: 0, maxThreads: 1, recordTiming: false } as const;
