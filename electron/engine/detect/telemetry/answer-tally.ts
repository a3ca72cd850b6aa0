import type { FlowAnswer, TelemetryState } from "../../../../shared/telemetry.ts";
import { type Clock, toInstant } from "../../base/clock.ts";
import { quantileOf } from "../anomaly/reference.ts";
import { builtInFeatures, fromScale } from "./flow-feature.ts";
import type { FlowWindow } from "./flow-model.ts";

/** Routes that are counted; of more, the one that was silent longest is forgotten. */
const mostRoutes = 200;
const mostMinutes = 60;
const minuteMs = 60_000;

type Answers = { OK: number; throttle: number; freeze: number };

interface RouteTally extends Answers {
  last: keyof Answers;
  lastAt: number;
}

/** How samples were answered: of each route, and in each minute of the last hour. Numbers only, in memory. */
export interface AnswerTally {
  note(template: string, answer: FlowAnswer): void;
  /** @param window what is learned, for the latencies @returns the routes with most alarms, then most samples, first */
  routes(window: FlowWindow): TelemetryState["routes"];
  /** Minutes that had samples, oldest first. */
  minutes(): TelemetryState["minutes"];
}

export function createAnswerTally(clock: Clock): AnswerTally {
  /** In the order in which they were heard of last. */
  const routes = new Map<string, RouteTally>();
  let minutes: ({ readonly from: number } & Answers)[] = [];

  return {
    note(template, answer) {
      const kind = answer.status === "OK" ? "OK" : answer.action;
      const now = clock.now();
      const known = routes.get(template) ?? { OK: 0, throttle: 0, freeze: 0, last: kind, lastAt: now };
      known[kind]++;
      known.last = kind;
      known.lastAt = now;
      routes.delete(template);
      routes.set(template, known);
      if (routes.size > mostRoutes) routes.delete(routes.keys().next().value!);
      const from = now - (now % minuteMs);
      if (minutes.at(-1)?.from !== from) {
        minutes = [...minutes.slice(1 - mostMinutes), { from, OK: 0, throttle: 0, freeze: 0 }];
      }
      minutes.at(-1)![kind]++;
    },
    routes(window) {
      const latencies = latenciesByRoute(window);
      return [...routes]
        .map(([route, { OK, throttle, freeze, last, lastAt }]) => ({
          route,
          samples: OK + throttle + freeze,
          throttled: throttle,
          frozen: freeze,
          last_answer: last,
          last_at: toInstant(lastAt),
          latency: latencies.get(route) ?? null,
        }))
        .sort((a, b) => b.throttled + b.frozen - (a.throttled + a.frozen) || b.samples - a.samples);
    },
    minutes() {
      const since = clock.now() - mostMinutes * minuteMs;
      return minutes
        .filter(({ from }) => from > since)
        .map(({ from, OK, throttle, freeze }) => ({
          from: toInstant(from),
          samples: OK + throttle + freeze,
          throttled: throttle,
          frozen: freeze,
        }));
    },
  };
}

/** Median and 95 % quantile of what was learned of each route, milliseconds. */
function latenciesByRoute({ values, routes, templates }: FlowWindow): Map<string, { median: number; p95: number }> {
  const nFeatures = routes.length === 0 ? 0 : values.length / routes.length;
  const lists = templates.map((): number[] => []);
  for (let row = 0; row < routes.length; row++) lists[routes[row]!]!.push(values[row * nFeatures]!);
  const latency = builtInFeatures[0]!;
  return new Map(
    lists.map((list, i) => {
      const sorted = Float64Array.from(list).sort();
      const at = (q: number) => fromScale(latency, quantileOf(sorted, q));
      return [templates[i]!, { median: at(0.5), p95: at(0.95) }];
    }),
  );
}
