/**
 * A line of a program that could start no further process or thread, as the C library, the shells, Node, Python, Java and Go write it:
 * fork(2), pthread_create(3).
 */
const lackOfProcesses =
  /\b(?:v?fork|clone3?|pthread_create|spawn(?:Sync)?)\b.{0,300}(?:\bEAGAIN\b|Resource temporarily unavailable)|\bCannot fork\b|can't start new thread|unable to create (?:new )?native thread|failed to create new OS thread/;

/** SECURITY: whoever writes in the sandbox can write this too: it is said to be what was written. */
export const lackAdvice =
  "It wrote that a process or a thread could not be started, since there were no more of them. Simulate it again when less runs.";

/** Longest line that is looked at, characters. */
const longestLine = 4_000;

/** Looks, line by line, for words of a lack of processes in what is written piece by piece. */
export function createLackReader() {
  let rest = "";
  let isTold = false;
  return {
    read(text: string): void {
      const lines = (rest + text).split("\n");
      isTold ||= lines.some((line) => lackOfProcesses.test(line.slice(0, longestLine)));
      rest = lines.at(-1)!.slice(0, longestLine);
    },
    isTold: () => isTold,
  };
}
