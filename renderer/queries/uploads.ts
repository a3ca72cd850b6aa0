import type { QueryClient } from "@tanstack/react-query";
import { create } from "zustand";
import { CallFailed } from "./client.ts";
import { type Channel, sendEvidence, sendSamples } from "./evidence.ts";

/** A file on its way to the engine; once it has arrived, its job tells the rest. */
export interface Upload {
  readonly id: number;
  readonly fileName: string;
  readonly size: number;
  /** Bytes that were sent. */
  readonly sent: number;
  readonly state: "waiting" | "sending" | "failed";
  readonly error: { readonly code: string; readonly message: string } | null;
}

interface Uploads {
  readonly uploads: readonly Upload[];
}

export const useUploads = create<Uploads>(() => ({ uploads: [] }));

/** Has the browser ask before the page is left while files are on their way: this page alone knows of them. */
function askBeforeLeaving(event: Event): void {
  if (useUploads.getState().uploads.some(({ state }) => state !== "failed")) event.preventDefault();
}

/** Files that are sent at the same time. */
const atOnce = 2;
const aborts = new Map<number, AbortController>();
let nextId = 1;
let active = 0;
const waiting: (() => Promise<void>)[] = [];

function change(id: number, to: Partial<Upload>): void {
  useUploads.setState(({ uploads }) => ({
    uploads: uploads.map((upload) => (upload.id === id ? { ...upload, ...to } : upload)),
  }));
}

function remove(id: number): void {
  aborts.delete(id);
  useUploads.setState(({ uploads }) => ({ uploads: uploads.filter((upload) => upload.id !== id) }));
}

function pump(): void {
  while (active < atOnce) {
    const run = waiting.shift();
    if (run === undefined) return;
    active++;
    void run().finally(() => {
      active--;
      pump();
    });
  }
}

async function send(client: QueryClient, id: number, body: Blob, fileName: string, channel: Channel): Promise<void> {
  const abort = aborts.get(id);
  if (abort === undefined) return;
  change(id, { state: "sending" });
  try {
    await sendEvidence(body, fileName, channel, abort.signal, (sent) => change(id, { sent }));
    remove(id);
  } catch (error) {
    if (abort.signal.aborted) return remove(id);
    const { code, message } =
      error instanceof CallFailed ? error : { code: "UNREADABLE", message: "The browser could not read this file." };
    change(id, { state: "failed", error: { code, message } });
  } finally {
    await client.invalidateQueries({ queryKey: ["jobs"] });
  }
}

/** Queues files for import. Folders and empty drops give nothing. */
export function importFiles(client: QueryClient, files: readonly File[], channel: Channel): void {
  // The same function is added once, however often.
  addEventListener("beforeunload", askBeforeLeaving);
  const added = files.map(
    (file): Upload => ({ id: nextId++, fileName: file.name, size: file.size, sent: 0, state: "waiting", error: null }),
  );
  useUploads.setState(({ uploads }) => ({ uploads: [...uploads, ...added] }));
  added.forEach((upload, i) => {
    aborts.set(upload.id, new AbortController());
    const file = files[i];
    if (file !== undefined) waiting.push(() => send(client, upload.id, file, upload.fileName, channel));
  });
  pump();
}

/** Brings what was pasted. @throws CallFailed where it is refused */
export async function importText(client: QueryClient, text: string): Promise<void> {
  await sendEvidence(new Blob([text]), "pasted request", "pasted", new AbortController().signal, () => undefined);
  await client.invalidateQueries({ queryKey: ["jobs"] });
}

export async function importSampleEvidence(client: QueryClient): Promise<void> {
  await sendSamples();
  await client.invalidateQueries({ queryKey: ["jobs"] });
}

/** Stops a file that is on its way, or takes a failed one off the list. */
export function dropUpload(id: number): void {
  aborts.get(id)?.abort();
  remove(id);
}
