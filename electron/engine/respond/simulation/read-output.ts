import { SimulatorMessage } from "../../../../shared/simulator.ts";

/** Longest line that the simulator writes: two responses and fifty sinks. */
const longestLine = 1024 * 1024;
/** Lines that are no message are passed over; so many, and nobody believes the rest. */
const mostBroken = 100;

/**
 * Reads what comes out of a sandbox, line by line.
 * SECURITY: payloads run beside the simulator and may write in its name: only what has the shape of a message is taken, within bounds.
 */
export function createOutputReader(onMessage: (message: SimulatorMessage) => void) {
  const decoder = new TextDecoder();
  let rest = "";
  let isOver = false;
  let broken = 0;
  const take = (line: string) => {
    if (line === "" || broken >= mostBroken) return;
    const parsed = SimulatorMessage.safeParse(parseJson(line));
    if (parsed.success) onMessage(parsed.data);
    else broken += 1;
  };
  return {
    read(chunk: Uint8Array): void {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = parts.pop() ?? "";
      for (const [i, line] of parts.entries()) if (!(i === 0 && isOver)) take(line);
      if (parts.length > 0) isOver = false;
      if (rest.length > longestLine) {
        rest = "";
        isOver = true;
      }
    },
    /** Lines that were no message. */
    get broken() {
      return broken;
    },
  };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
