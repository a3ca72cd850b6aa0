/** Templates of the product itself; the operator adds others. */
const builtInTemplates = ["/api/user/{id}", "/api/project/{id}", "/api/file/{name}"];

const mostSegments = 12;
const longestSegment = 60;

/** Turns paths into templates: `/api/user/42?tab=1` into `/api/user/{id}`. */
export type RouteTemplates = (route: string) => string;

/**
 * A route's template: no query, no fragment, no value. First the templates that are declared, segment by segment, then segments
 * that are plainly values. Linear in the length of the route.
 *
 * @param declared further templates, separated by commas; segments in braces stand for any value
 */
export function createRouteTemplates(declared: string): RouteTemplates {
  const templates = [...declared.split(",").map((entry) => entry.trim()), ...builtInTemplates]
    .filter((template) => template !== "")
    .map((template) => ({ template, segments: splitPath(template) }));
  return (route) => {
    const segments = splitPath(pathOf(route));
    const found = templates.find(
      (each) => each.segments.length === segments.length && each.segments.every((part, i) => fits(part, segments[i]!)),
    );
    if (found !== undefined) return found.template;
    const kept = segments.slice(0, mostSegments).map(generalize);
    return `/${kept.join("/")}${segments.length > mostSegments ? "/{rest}" : ""}`;
  };
}

function pathOf(route: string): string {
  const end = route.search(/[?#]/);
  const path = end < 0 ? route : route.slice(0, end);
  const origin = /^[a-z][a-z0-9+.-]{0,20}:\/\/[^/]*/i.exec(path);
  return origin === null ? path : path.slice(origin[0].length);
}

function splitPath(path: string): string[] {
  const segments = path.slice(path.startsWith("/") ? 1 : 0, path.endsWith("/") ? -1 : undefined).split("/");
  return segments.includes("") ? segments.filter((segment) => segment !== "") : segments;
}

function fits(part: string, segment: string): boolean {
  return (part.startsWith("{") && part.endsWith("}")) || part === segment;
}

/** SECURITY: what may name a person or open a door (numbers, addresses, keys) must not be kept as part of a route. */
function generalize(segment: string): string {
  if (/^\d+$/.test(segment)) return "{id}";
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(segment)) return "{uuid}";
  if (segment.includes("@") || /%40/.test(segment)) return "{email}";
  if (segment.length > longestSegment) return "{long}";
  if (/^[0-9a-f]{12,}$/i.test(segment) || (segment.length >= 20 && /\d/.test(segment))) return "{token}";
  if (/[^A-Za-z0-9._~{}-]/.test(segment)) return "{value}";
  return segment;
}
