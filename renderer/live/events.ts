/** One server-sent event; comments (heartbeats) have no data and are left out. */
export interface ServerEvent {
  readonly id: number | null;
  readonly data: string;
}

/**
 * Reads server-sent events out of a stream's text, however it is cut (WHATWG HTML, "Server-sent events").
 * @returns a function that takes the next piece and gives the events completed by it
 */
export function createEventReader(): (piece: string) => ServerEvent[] {
  let rest = "";
  let id: number | null = null;
  let data: string[] = [];
  return (piece) => {
    const events: ServerEvent[] = [];
    rest += piece;
    // A CR at the very end may be half of a CRLF: it waits for the next piece.
    const lines = (rest.endsWith("\r") ? rest.slice(0, -1) : rest).split(/\r\n|\n|\r/);
    const last = lines.pop() ?? "";
    rest = rest.endsWith("\r") ? `${last}\r` : last;
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0) events.push({ id, data: data.join("\n") });
        data = [];
        continue;
      }
      const colon = line.indexOf(":");
      if (colon === 0) continue;
      const field = colon === -1 ? line : line.slice(0, colon);
      const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "data") data.push(value);
      else if (field === "id" && /^\d{1,15}$/.test(value)) id = Number(value);
    }
    return events;
  };
}
