import { addNumber, createMoments, type FeatureGroup, maxOf, meanOf, minOf, variationOf } from "./feature-group.ts";

/** Requests remembered for the busiest stretch; the counts stop there. */
const windowLimit = 5000;

/** Largest number of requests within any stretch of `widthMs`, over ascending times, in bounded memory. */
function createWindow(widthMs: number): { add(time: number): void; most(): number } {
  // Grows with what it holds: thousands of sessions are open at once, and most never have many requests in a stretch.
  let times = new Float64Array(8);
  let first = 0;
  let count = 0;
  let most = 0;

  function makeRoom(): void {
    if (count === windowLimit) {
      first = (first + 1) % times.length;
      count--;
    } else if (count === times.length) {
      const larger = new Float64Array(Math.min(windowLimit, 2 * times.length));
      larger.set(times.subarray(first));
      larger.set(times.subarray(0, first), times.length - first);
      times = larger;
      first = 0;
    }
  }

  return {
    add(time) {
      while (count > 0 && time - times[first]! >= widthMs) {
        first = (first + 1) % times.length;
        count--;
      }
      makeRoom();
      times[(first + count) % times.length] = time;
      count++;
      most = Math.max(most, count);
    },
    most: () => most,
  };
}

/** Rates, gaps and bursts. Requests are expected in time order; one that goes back in time counts as simultaneous. */
export const timingFeatures = {
  descriptions: {
    session_duration_s: {
      label: "Duration",
      unit: "s",
      range: [0, null],
      availability: "request times",
      meaning: "From the first request's start to the last one's",
    },
    request_rate_per_min: {
      label: "Request rate",
      unit: "requests/min",
      range: [0, null],
      availability: "request times",
      meaning: "Requests by duration; a session shorter than a minute counts as one minute",
    },
    max_requests_in_10s: {
      label: "Busiest ten seconds",
      unit: "requests",
      range: [0, windowLimit],
      availability: "request times",
      meaning: "Most requests within any ten seconds",
    },
    max_requests_in_1s: {
      label: "Busiest second",
      unit: "requests",
      range: [0, windowLimit],
      availability: "request times",
      meaning: "Most requests within any second",
    },
    interarrival_mean_s: {
      label: "Mean gap",
      unit: "s",
      range: [0, null],
      availability: "two request times",
      meaning: "Mean time between the starts of consecutive requests",
    },
    interarrival_cv: {
      label: "Irregularity of gaps",
      unit: "1",
      range: [0, null],
      availability: "two request times",
      meaning: "Standard deviation of the gaps by their mean: near 0 for a metronome, above 1 for people and browsers",
    },
    interarrival_min_s: {
      label: "Shortest gap",
      unit: "s",
      range: [0, null],
      availability: "two request times",
      meaning: "Shortest time between the starts of consecutive requests",
    },
    mean_duration_ms: {
      label: "Mean response time",
      unit: "ms",
      range: [0, null],
      availability: "durations",
      meaning: "Mean time from request to end of response",
    },
    max_duration_ms: {
      label: "Longest response time",
      unit: "ms",
      range: [0, null],
      availability: "durations",
      meaning: "Longest time from request to end of response; injected delays show here",
    },
  },
  create() {
    const gaps = createMoments();
    const durations = createMoments();
    const ten = createWindow(10_000);
    const one = createWindow(1000);
    let first = Number.NaN;
    let latest = Number.NaN;
    let timed = 0;
    return {
      add({ exchange }) {
        if (exchange.durationMs !== null) addNumber(durations, Math.max(0, exchange.durationMs));
        if (exchange.startedAt === null) return;
        const time = timed === 0 ? exchange.startedAt : Math.max(latest, exchange.startedAt);
        if (timed === 0) first = time;
        else addNumber(gaps, (time - latest) / 1000);
        latest = time;
        timed++;
        ten.add(time);
        one.add(time);
      },
      finish() {
        const known = timed > 0;
        const duration = known ? (latest - first) / 1000 : Number.NaN;
        return {
          session_duration_s: duration,
          request_rate_per_min: known ? timed / Math.max(1, duration / 60) : Number.NaN,
          max_requests_in_10s: known ? ten.most() : Number.NaN,
          max_requests_in_1s: known ? one.most() : Number.NaN,
          interarrival_mean_s: meanOf(gaps),
          interarrival_cv: variationOf(gaps),
          interarrival_min_s: minOf(gaps),
          mean_duration_ms: meanOf(durations),
          max_duration_ms: maxOf(durations),
        };
      },
    };
  },
} satisfies FeatureGroup<string>;
