import type { KnownRequest } from "../../evidence/analysis-tables.ts";

export type ChosenRequest = Pick<KnownRequest, "index" | "method" | "path" | "host">;

/** Requests that are played because others need them, besides those with payloads. */
const mostNeeded = 140;
const isSafe = (method: string) => /^(?:GET|HEAD|OPTIONS|TRACE)$/i.test(method);
const isAsset = (path: string) => /\.(?:css|m?js|map|png|jpe?g|gif|svg|ico|webp|avif|woff2?|ttf|mp4|webm)$/i.test(path);
const isSignIn = (path: string) => /log-?in|sign-?in|auth|session|sso|csrf|token/i.test(path);

/**
 * What of a session is played: the requests with payloads, and of those before them what they may need: the first, sign-ins, what
 * changed something, and the page that each form came from. In the session's own order.
 *
 * @param session its requests in order
 * @param attacked indexes of the requests with payloads
 * @returns the chosen, and how many that may be needed were left out because they are too many
 */
export function chooseRequests(
  session: readonly ChosenRequest[],
  attacked: ReadonlySet<number>,
): { readonly chosen: ChosenRequest[]; readonly leftOut: number } {
  const last = session.findLastIndex(({ index }) => attacked.has(index));
  const hosts = new Set(session.filter(({ index }) => attacked.has(index)).map(({ host }) => host));
  // A session may lead to other sites, which are not there to be asked.
  const before = session.slice(0, last + 1).filter(({ host }) => hosts.has(host));
  const needed = new Set<ChosenRequest>();
  const other = new Set<ChosenRequest>();
  let page: ChosenRequest | null = null;
  for (const request of before) {
    const isAttack = attacked.has(request.index);
    if (!isSafe(request.method)) {
      if (page !== null) other.add(page);
      if (!isAttack) (isSignIn(request.path) ? needed : other).add(request);
    } else if (!isAttack && isSignIn(request.path) && !isAsset(request.path)) needed.add(request);
    if (isSafe(request.method) && !isAttack && !isAsset(request.path)) page = request;
  }
  const first = before.find(({ index, path }) => !attacked.has(index) && !isAsset(path));
  if (first !== undefined) needed.add(first);
  const signIns = [...needed].slice(0, mostNeeded);
  // The nearest to the payloads first: a basket of an hour ago matters less than the form before.
  const rest = [...other].filter((one) => !needed.has(one));
  const kept = new Set([...signIns, ...rest.slice(Math.max(0, rest.length - (mostNeeded - signIns.length)))]);
  return {
    chosen: before.filter((request) => attacked.has(request.index) || kept.has(request)),
    leftOut: needed.size + rest.length - kept.size,
  };
}
