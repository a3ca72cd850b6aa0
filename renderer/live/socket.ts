import { z } from "zod";
import { LiveMessage } from "../../shared/live.ts";
import { CallFailed } from "../queries/client.ts";

/** Where live messages come over WebSocket; null: this page has no such way, as in the desktop shell. */
export function socketAddress({ protocol, host }: { protocol: string; host: string }): string | null {
  if (protocol !== "http:" && protocol !== "https:") return null;
  return `${protocol === "https:" ? "wss" : "ws"}://${host}/api/v1/sentinel/live/ws`;
}

const Frame = z.union([
  z.object({ type: z.literal("auth_ok"), last_event_id: z.number() }),
  z.object({ type: z.literal("heartbeat") }),
  // What a newer engine says beside what is known is passed over.
  z.object({ id: z.number(), message: LiveMessage.nullable().catch(null) }),
]);

export interface SocketOptions {
  readonly address: string;
  readonly token: string | null;
  /** Where to go on; undefined: from now. */
  readonly lastId: number | undefined;
  /** Longest time until it is open, milliseconds. */
  readonly openMs: number;
  /** Silent for longer, heartbeats included, it is dead; milliseconds. */
  readonly silenceMs: number;
  /** It is open: what is heard from now on has been asked for. */
  onOpen(lastId: number): void;
  onMessage(id: number, message: LiveMessage | null): void;
}

/**
 * Follows live messages over a WebSocket until it ends.
 * @returns false when it never opened: then another way may
 * @throws CallFailed 401 when nobody is signed in here
 */
export async function followSocket(options: SocketOptions, signal: AbortSignal): Promise<boolean> {
  const { address, token, lastId, openMs, silenceMs } = options;
  let socket: WebSocket;
  try {
    socket = new WebSocket(address);
  } catch {
    return false;
  }
  const { promise: closed, resolve: end } = Promise.withResolvers<number>();
  let isOpen = false;
  let timer = setTimeout(() => end(0), openMs);
  const give = () => end(0);
  signal.addEventListener("abort", give, { once: true });
  socket.onclose = ({ code }) => end(code);
  socket.onopen = () =>
    socket.send(
      JSON.stringify({
        type: "auth",
        ...(token === null ? {} : { token }),
        ...(lastId === undefined ? {} : { last_event_id: lastId }),
      }),
    );
  socket.onmessage = ({ data }) => {
    const frame = Frame.safeParse(parseJson(String(data)));
    if (!frame.success) return;
    clearTimeout(timer);
    timer = setTimeout(() => end(0), silenceMs);
    if ("id" in frame.data) options.onMessage(frame.data.id, frame.data.message);
    else if (frame.data.type === "auth_ok") {
      isOpen = true;
      options.onOpen(frame.data.last_event_id);
    }
  };
  try {
    const code = await closed;
    if (code === 4401) throw new CallFailed(401, { code: "UNAUTHENTICATED", message: "Nobody is signed in here." });
    return isOpen;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", give);
    socket.onmessage = null;
    socket.close();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
