import type { Exchange } from "../evidence/exchange.ts";

/** How the same page answered at other times. */
export interface RouteBaseline {
  /** Exchanges it is made of. */
  readonly count: number;
  /** Bytes; null when no size was recorded. */
  readonly medianSize: number | null;
  /** Largest deviation from the median by the median; 0 for one size or none. */
  readonly sizeSpread: number;
  readonly medianDurationMs: number | null;
}

/** Exchanges kept of a route, the first ones; routes kept at all. */
const keptExchanges = 60;
const keptRoutes = 2000;

interface Kept {
  readonly index: number;
  readonly size: number | null;
  readonly durationMs: number | null;
}

export interface RouteBaselines {
  /** @param isAttack whether the request was judged an attack: such answers are no measure for others */
  add(exchange: Exchange, isAttack: boolean): void;
  /** The other, innocent exchanges with the method and path of this one that were answered with success; null when there are none. */
  of(exchange: Exchange): RouteBaseline | null;
}

/** Method and path; numbers and identifiers within it are left out, since they name records of one page. */
export function routeOf(exchange: Exchange): string {
  const question = exchange.target.indexOf("?");
  const path = question < 0 ? exchange.target : exchange.target.slice(0, question);
  const segments = path
    .slice(0, 500)
    .split("/")
    .map((segment) => (/^(?:\d+|[0-9a-f-]{16,})$/i.test(segment) ? "{id}" : segment));
  return `${exchange.method} ${segments.join("/")}`;
}

function medianOf(numbers: readonly number[]): number | null {
  if (numbers.length === 0) return null;
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Collects how each page of a session answers, in bounded memory. */
export function createRouteBaselines(): RouteBaselines {
  const routes = new Map<string, Kept[]>();
  return {
    add(exchange, isAttack) {
      const status = exchange.response?.status ?? null;
      if (isAttack || exchange.response === null || (status !== null && (status < 200 || status >= 300))) return;
      const route = routeOf(exchange);
      let kept = routes.get(route);
      if (kept === undefined) {
        if (routes.size >= keptRoutes) return;
        kept = [];
        routes.set(route, kept);
      }
      if (kept.length < keptExchanges) {
        kept.push({ index: exchange.index, size: exchange.response.size, durationMs: exchange.durationMs });
      }
    },
    of(exchange) {
      const others = (routes.get(routeOf(exchange)) ?? []).filter(({ index }) => index !== exchange.index);
      if (others.length === 0) return null;
      const sizes = others.map(({ size }) => size).filter((size) => size !== null);
      const median = medianOf(sizes);
      const spread =
        median === null ? 0 : Math.max(...sizes.map((size) => Math.abs(size - median))) / Math.max(1, median);
      return {
        count: others.length,
        medianSize: median,
        sizeSpread: spread,
        medianDurationMs: medianOf(others.map(({ durationMs }) => durationMs).filter((ms) => ms !== null)),
      };
    },
  };
}
