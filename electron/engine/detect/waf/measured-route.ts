import { maskedPath } from "../analysis/masked-path.ts";
import { createRouteTemplates } from "../telemetry/route-template.ts";

const templateOf = createRouteTemplates("");
const longest = 200;

/**
 * The route that a request is measured under. The same for a target and for its masked path, so that a hit's path leads to the
 * measures of its route.
 * SECURITY: a template of the masked path: neither a value nor a secret in a path gets into figures that are kept.
 */
export function measuredRoute(target: string): string {
  const route = templateOf(maskedPath(target));
  return route.length <= longest ? route : `${route.slice(0, longest - 1)}…`.toWellFormed();
}
