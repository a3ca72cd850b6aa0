/**
 * Calls Sentinel's API for other programs. No dependencies; Node 20 or newer, and pages of an allowed origin. What can be called, with
 * what, and what comes back stands in `sentinel-api-types.d.ts`, which is made from the routes themselves.
 *
 *     import { SentinelApi } from "./sentinel-api.mjs";
 *     const sentinel = new SentinelApi({ origin: "http://127.0.0.1:8000", token });
 *     const { verdict } = await sentinel.call("POST /api/v1/sentinel/analyze", { body: { evidence } });
 *
 * @import { ErrorReply, Operations } from "./sentinel-api-types.d.ts"
 */

/** An error that the engine answers with. */
export class SentinelApiError extends Error {
  /** @param {number} status @param {ErrorReply} reply @param {string | null} requestId */
  constructor(status, { code, message, details }, requestId) {
    super(message);
    this.name = "SentinelApiError";
    /** @readonly HTTP status */
    this.status = status;
    /** @readonly what it is called in the documentation */
    this.code = code;
    /** @readonly */
    this.details = details;
    /** @readonly by which the engine's log tells of it */
    this.requestId = requestId;
  }
}

/**
 * @typedef {object} ApiOptions
 * @property {string} origin such as "http://127.0.0.1:8000"
 * @property {string} [token] bearer token
 * @property {string} [pin] PIN, where there is no token
 * @property {typeof globalThis.fetch} [fetch] default: the runtime's
 */

/**
 * @template {keyof Operations} Name
 * @typedef {Omit<Operations[Name], "reply"> & { signal?: AbortSignal }} Given
 */

/**
 * Nothing has to be given where nothing is required.
 * @template {keyof Operations} Name
 * @typedef {{} extends Given<Name> ? [given?: Given<Name>] : [given: Given<Name>]} Arguments
 */

export class SentinelApi {
  /** @param {ApiOptions} options */
  constructor({ origin, token, pin, fetch = globalThis.fetch }) {
    /** @readonly */
    this.origin = origin.replace(/\/+$/, "");
    /** @type {Record<string, string>} */
    this.credential =
      token !== undefined ? { Authorization: `Bearer ${token}` } : pin !== undefined ? { "X-Sentinel-Pin": pin } : {};
    this.fetch = fetch;
  }

  /**
   * @template {keyof Operations} Name
   * @param {Name} operation method and path, as the documentation has them
   * @param {Arguments<Name>} given parameters of path and query, and the body
   * @returns {Promise<Operations[Name]["reply"]>} for streams and bytes the `Response` itself
   * @throws SentinelApiError for what the engine refuses; what `fetch` throws where nobody answers
   */
  async call(operation, ...[given]) {
    /** @type {{ parameters?: Record<string, unknown>, body?: unknown, signal?: AbortSignal }} */
    const { parameters = {}, body, signal } = given ?? {};
    const [method, template] = /** @type {[string, string]} */ (operation.split(" "));
    const rest = { ...parameters };
    const path = template.replaceAll(/\{(\w+)\}/g, (_, name) => {
      const value = encodeURIComponent(String(rest[name]));
      delete rest[name];
      return value;
    });
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(rest)) {
      if (value !== undefined) for (const one of [value].flat()) query.append(name, String(one));
    }
    const response = await this.fetch(`${this.origin}${path}${query.size === 0 ? "" : `?${query}`}`, {
      method,
      headers: { ...this.credential, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    const isJson = response.headers.get("Content-Type")?.startsWith("application/json") === true;
    if (!response.ok) {
      const told = isJson
        ? await response.json()
        : { code: "INTERNAL", message: `It answers with status ${response.status}.` };
      throw new SentinelApiError(response.status, told, response.headers.get("X-Request-Id"));
    }
    const isText = response.headers.get("Content-Type")?.startsWith("text/plain") === true;
    return /** @type {Operations[Name]["reply"]} */ (
      isJson ? await response.json() : isText ? await response.text() : response
    );
  }
}
