/** Lets at most so many pieces of work run at once; the others wait, first come first served. */
export function createTurns(most: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running < most) running++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // Whoever waits takes over the place, which so is never free in between.
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
