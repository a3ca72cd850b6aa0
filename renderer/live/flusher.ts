import type { QueryKey } from "@tanstack/react-query";
import type { Job } from "../../shared/job.ts";
import type { LiveMessage } from "../../shared/live.ts";
import { foldMessages } from "./apply.ts";

/** A table that takes 500 rows a second stays smooth at up to four updates a second, and does not at twenty. */
const tickMs = 250;
/** Reading a resource again costs the engine a query: at most once a second each. */
const restMs = 1000;

export interface FlusherPorts {
  readonly now: () => number;
  /** Calls back after some milliseconds. */
  readonly later: (ms: number, run: () => void) => void;
  /** Whether this resource is being read right now: what it will answer may be older than the message. */
  readonly isReading: (key: QueryKey) => boolean;
  readonly applyJobs: (jobs: readonly Job[]) => void;
  /** Hears which rows of the queue are to be read again; null: any. */
  readonly applyAlerts: (ids: ReadonlySet<string> | null) => void;
  readonly markStale: (key: QueryKey) => void;
}

/** Collects live messages and applies them at a pace that the screen and the engine can bear. No message is lost. */
export function createFlusher(ports: FlusherPorts): (messages: readonly LiveMessage[]) => void {
  let pending: LiveMessage[] = [];
  let scheduled = false;
  const stale = new Map<string, QueryKey>();
  const lastRead = new Map<string, number>();

  const flush = () => {
    scheduled = false;
    const change = foldMessages(pending);
    pending = [];
    ports.applyJobs(change.jobs);
    if (change.alerts === null || change.alerts.size > 0) ports.applyAlerts(change.alerts);
    for (const key of change.stale) stale.set(JSON.stringify(key), key);
    const now = ports.now();
    for (const [name, at] of lastRead) if (now - at >= restMs) lastRead.delete(name);
    for (const [name, key] of stale) {
      if (lastRead.has(name) || ports.isReading(key)) continue;
      stale.delete(name);
      lastRead.set(name, now);
      ports.markStale(key);
    }
    if (stale.size > 0) schedule();
  };
  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    ports.later(tickMs, flush);
  };
  return (messages) => {
    if (messages.length === 0) return;
    pending.push(...messages);
    schedule();
  };
}
