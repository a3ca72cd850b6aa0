import { type PanicPull, panic, type SandboxesEnded } from "../../shared/panic.ts";
import { call } from "./client.ts";
import { readPanicAddress, readToken } from "./token.ts";

/** What the desktop shell's preload offers: a way to the supervisor that does not pass the engine. */
interface ShellBridge {
  readonly panic?: (pull: PanicPull) => Promise<unknown>;
}

/** `held` and `noted`: null where the supervisor answered first, which knows of sandboxes alone. */
export type PanicAnswer = SandboxesEnded & { readonly held: number | null; readonly noted: boolean | null };

/** Ways that have not answered after this long are given up. */
const patienceMs = 10_000;

async function viaShell(bridge: ShellBridge, pull: PanicPull): Promise<unknown> {
  if (bridge.panic === undefined) throw new Error("no shell");
  return bridge.panic(pull);
}

async function viaSupervisor(address: string, pull: PanicPull, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${readToken() ?? ""}` },
    body: JSON.stringify(pull),
    credentials: "omit",
    signal,
  });
  if (!response.ok) throw new Error(`supervisor answered ${response.status}`);
  return response.json();
}

/**
 * Stops everything that acts. All ways are tried at once, since the engine may hang: the shell's bridge, the supervisor's own
 * address, the engine's route. The first that succeeds answers; all of them are one press.
 * @throws CallFailed of the engine's route when none got through
 */
export async function pullPanic(reason: string | undefined): Promise<PanicAnswer | null> {
  const signal = AbortSignal.timeout(patienceMs);
  const bridge = (window as { sentinel?: ShellBridge }).sentinel;
  const address = readPanicAddress();
  const pull: PanicPull = { press_id: crypto.randomUUID(), ...(reason === undefined ? {} : { reason }) };
  const engine = call(panic, pull, { signal });
  const ways: Promise<unknown>[] = [engine];
  if (bridge?.panic !== undefined) ways.push(viaShell(bridge, pull));
  if (address !== null) ways.push(viaSupervisor(address, pull, signal));
  try {
    const answer = (await Promise.any(ways)) as Partial<PanicAnswer> | null;
    if (typeof answer?.destroyed !== "number" || typeof answer.took_ms !== "number") return null;
    const { destroyed, left = 0, held = null, took_ms, noted = null } = answer;
    return { destroyed, left, held, took_ms, noted };
  } catch {
    await engine;
    return null;
  }
}
