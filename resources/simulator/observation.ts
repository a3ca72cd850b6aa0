import type { PlanPayload, SinkEvent } from "../../shared/simulator.ts";
import type { StepEvent } from "./hook-events.ts";
import type { ProcessesSeen } from "./process-watch.ts";
import type { Reply } from "./visitor.ts";

/** Everything that was seen of one request in one run. */
export interface Observation {
  /** When the request was sent, as {@link StepEvent} counts. */
  readonly startedAt: number;
  /** The answer, and pages that were opened after it. */
  readonly replies: readonly Reply[];
  readonly events: readonly StepEvent[];
  /** How many calls there were, also those that are not among the events. */
  readonly calls: number;
  readonly processes: ProcessesSeen;
}

/** What a sink looks at. */
export interface Comparison {
  readonly payload: PlanPayload;
  /** Other payloads of the same request, as the application may see them. */
  readonly others: readonly string[];
  readonly clean: Observation;
  readonly attack: Observation;
  /** The forged request without its cookies; null for what is not forged. */
  readonly control: Observation | null;
  /** The page that may show what was sent, before and after; empty where none is known. */
  readonly witnessed: { readonly before: string; readonly after: string };
  readonly sent: { readonly body: string | null };
  /** Whether the inside of the application is heard of. */
  readonly isHooked: boolean;
  readonly roots: readonly string[];
  /** Files that any clean run read. */
  readonly cleanReads: ReadonlySet<string>;
}

export type Sink = (comparison: Comparison) => SinkEvent[];

const clip = (text: string, length: number) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

/** An event within the bounds of its shape. */
export function event(
  sink: SinkEvent["sink"],
  done: boolean,
  given: { where: string; what: string; evidence: string; clean?: string },
): SinkEvent {
  return {
    sink,
    done,
    where: clip(given.where, 300),
    what: clip(given.what, 600),
    evidence: clip(given.evidence, 4000),
    clean: clip(given.clean ?? "", 4000),
  };
}

export function eventsOf<T extends StepEvent["type"]>(
  observation: Observation | null,
  type: T,
): Extract<StepEvent, { type: T }>[] {
  const events = observation?.events ?? [];
  return events.filter((one): one is Extract<StepEvent, { type: T }> => one.type === type);
}
