import type { SimulationLogLine } from "../../../../shared/simulation.ts";

const mostLines = 400;
const mostText = 64 * 1024;

/** Keeps the lines of a simulation's log as far as there is room: an application may flood it. @returns what takes a line */
export function createLogBook(
  onChange: (lines: readonly SimulationLogLine[]) => void,
): (line: SimulationLogLine) => void {
  const lines: SimulationLogLine[] = [];
  let room = mostText;
  let isFull = false;
  return (line) => {
    if (isFull) return;
    isFull = lines.length >= mostLines || line.text.length > room;
    room -= line.text.length;
    lines.push(isFull ? { from: "engine", text: "The log is longer than is kept: the rest is left out." } : line);
    onChange([...lines]);
  };
}
