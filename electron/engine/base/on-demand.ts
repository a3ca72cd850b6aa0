/**
 * Options of a pool with one thread, started when there is work. Nobody reads the times that a pool would record of its tasks, in
 * histograms of 700 KB.
 */
export const onDemand = { minThreads: 0, maxThreads: 1, recordTiming: false } as const;

/**
 * The same for work of minutes that nobody watches: its thread yields to whatever else wants a processor, the window and the
 * engine's own threads first. Only on Linux, where a priority is a thread's own; elsewhere it would be the whole process's.
 */
export const inBackground = { ...onDemand, niceIncrement: process.platform === "linux" ? 10 : 0 } as const;
