/** What an act took of this thread, milliseconds. */
export interface Lag {
  /** The longest stretch without a turn for other work, in the thread's own processor time: what else the machine does is not in it. */
  readonly longestMs: number;
  readonly totalMs: number;
}

const spentMs = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

/** Looks at the thread at every turn while an act goes on. */
export async function probeLag(act: () => Promise<unknown>): Promise<Lag> {
  const begin = spentMs();
  let last = begin;
  let longestMs = 0;
  let isOn = true;
  const look = () => {
    const now = spentMs();
    longestMs = Math.max(longestMs, now - last);
    last = now;
  };
  const turn = () => {
    look();
    if (isOn) setImmediate(turn);
  };
  setImmediate(turn);
  try {
    await act();
  } finally {
    isOn = false;
    look();
  }
  return { longestMs, totalMs: last - begin };
}
