/**
 * Sends telemetry of a service's own requests to Sentinel. No dependencies; browsers and Node 20 or newer.
 *
 * Fails open: whatever goes wrong, `analyzeFlow` resolves, a warning is logged, and the sample is dropped. The service never waits
 * longer than `timeout` for each of `1 + retries` attempts, and never sees an exception.
 *
 *     import { SentinelClient } from "./sentinel-client.mjs";
 *     const sentinel = new SentinelClient({ port: 8000 });
 *     const answer = await sentinel.analyzeFlow({ latency: 41, input_length: 312, errors: 0, route: "/api/user/42" });
 *     if (answer?.status === "THREAT_DETECTED" && answer.action === "freeze") refuse();
 */

/**
 * @typedef {object} ClientOptions
 * @property {string} [host] default "localhost"
 * @property {number} [port] default 8000
 * @property {boolean} [useHttps] default false
 * @property {number} [retries] further attempts after the first, default 2
 * @property {number} [timeout] milliseconds for each attempt, default 5000
 * @property {(message: string) => void} [warn] default `console.warn`
 */

/**
 * @typedef {object} FlowSample
 * @property {number} latency milliseconds, at least 0
 * @property {number} input_length at least 0
 * @property {number} errors at least 0
 * @property {string} route path of the request
 * @property {string | number | null} [user_id] becomes a pseudonym before Sentinel keeps anything
 * @property {string | number | null} [timestamp] ISO 8601, or seconds or milliseconds since the epoch
 */

/**
 * @typedef {{status: "OK", degraded?: true} | {status: "THREAT_DETECTED", action: "freeze" | "throttle", reason: string,
 *   prediction_score: number, confidence: number, degraded?: true}} FlowAnswer
 */

/** Pause before the first further attempt, milliseconds; it doubles. */
const firstPauseMs = 100;

export class SentinelClient {
  /** @param {ClientOptions} [options] */
  constructor({ host = "localhost", port = 8000, useHttps = false, retries = 2, timeout = 5000, warn } = {}) {
    /** @readonly */
    this.origin = `${useHttps ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
    /** @readonly */
    this.retries = retries;
    /** @readonly */
    this.timeout = timeout;
    // biome-ignore lint/suspicious/noConsole: a library without dependencies has no other log.
    this.warn = warn ?? ((/** @type {string} */ message) => console.warn(message));
  }

  /**
   * Sends one sample. Numbers beyond those of `FlowSample` count where the operator declared them as features.
   *
   * @param {FlowSample & Record<string, unknown>} sample
   * @returns {Promise<FlowAnswer | null>} null: it was dropped, and a warning says why
   */
  async analyzeFlow(sample) {
    const path = "/analyze-flow";
    let body;
    try {
      body = JSON.stringify(sample);
    } catch (error) {
      // A BigInt of a clock, or what refers to itself.
      return this.#drop(path, `it is no JSON: ${error instanceof Error ? error.message : String(error)}`);
    }
    const headers = { "Content-Type": "application/json" };
    const answer = await this.#ask(path, { method: "POST", headers, body });
    return /** @type {FlowAnswer | null} */ (answer);
  }

  /** @returns {Promise<{status: string, history_size: number, detector_trained: boolean} | null>} null: nobody answers */
  async health() {
    const answer = await this.#ask("/health", {});
    return /** @type {{status: string, history_size: number, detector_trained: boolean} | null} */ (answer);
  }

  /**
   * @param {string} path
   * @param {RequestInit} init
   * @returns {Promise<unknown>}
   */
  async #ask(path, init) {
    let problem = "";
    for (let attempt = 0; attempt <= this.retries; attempt++) {
      if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, firstPauseMs * 2 ** (attempt - 1)));
      try {
        const reply = await fetch(this.origin + path, { ...init, signal: AbortSignal.timeout(this.timeout) });
        if (reply.ok) return await reply.json();
        problem = `${reply.status} ${await reasonOf(reply)}`;
        // Sending the same again changes nothing: it is refused for what it is, or there is too much already.
        if (reply.status < 500) break;
      } catch (error) {
        problem = error instanceof Error ? describe(error, this.timeout) : String(error);
      }
    }
    return this.#drop(path, problem);
  }

  /**
   * @param {string} path
   * @param {string} problem
   */
  #drop(path, problem) {
    this.warn(`Sentinel: sample dropped (${this.origin}${path}: ${problem})`);
    return null;
  }
}

/** @param {Response} reply */
async function reasonOf(reply) {
  const { message } = /** @type {{message?: string}} */ (await reply.json().catch(() => ({})));
  return message ?? reply.statusText;
}

/**
 * @param {Error} error
 * @param {number} timeout
 */
function describe(error, timeout) {
  if (error.name === "TimeoutError") return `no answer within ${timeout} ms`;
  const { cause } = error;
  return cause instanceof Error && cause.message !== "" ? cause.message : error.message;
}
