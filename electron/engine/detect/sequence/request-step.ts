/** What a request is to the model of sequences: no values, no host, no query. */
export interface RequestStep {
  /** Method, route template and status class: "GET /products/{id} 2". */
  readonly route: string;
  /** The same without the application's own names: "GET page 2 2" (kind, depth, status class). */
  readonly shape: string;
  /** Whether it was answered with success or a redirect: such routes the application has. */
  readonly succeeded: boolean;
}

/** Names that developers give to parts of a path; everything else may be somebody's data. */
const plainSegment = /^[A-Za-z][A-Za-z_-]{0,23}\d{0,2}(?:\.[A-Za-z]{1,5}){0,2}$/;
const longestPath = 500;
const mostSegments = 8;

const kindByExtension: Readonly<Record<string, string>> = {
  js: "script",
  mjs: "script",
  map: "script",
  css: "style",
  png: "image",
  jpg: "image",
  jpeg: "image",
  gif: "image",
  svg: "image",
  ico: "image",
  webp: "image",
  woff: "font",
  woff2: "font",
  ttf: "font",
  json: "data",
  xml: "data",
  csv: "data",
  txt: "data",
};

/**
 * SECURITY: a route goes into a model's file: segments that may be data (long, with many figures, escaped, masked) are left out.
 *
 * @param path path as sent, masked or not; a query is cut off
 * @param status null: not recorded
 */
export function toStep(method: string, path: string, status: number | null): RequestStep {
  const question = path.indexOf("?");
  const end = Math.min(question < 0 ? path.length : question, longestPath);
  const segments = path
    .slice(0, end)
    .split("/")
    .slice(1, mostSegments + 1);
  const names = segments.map((segment) => {
    if (segment === "" || plainSegment.test(segment)) return segment.toLowerCase();
    return /^\d+$/.test(segment) ? "{number}" : "{text}";
  });
  const verb = /^[A-Z]{1,10}$/.test(method) ? method : "OTHER";
  const outcome = status === null ? "-" : String(Math.floor(status / 100));
  return {
    route: `${verb} /${names.join("/")} ${outcome}`,
    shape: `${verb} ${kindOf(names)} ${Math.min(names.filter((name) => name !== "").length, 4)} ${outcome}`,
    succeeded: outcome === "2" || outcome === "3",
  };
}

function kindOf(names: readonly string[]): string {
  if (names[0] !== undefined && /^(?:api|rest|graphql|rpc|v\d)$/.test(names[0])) return "api";
  const last = names.at(-1) ?? "";
  const dot = last.lastIndexOf(".");
  return (dot < 0 ? undefined : kindByExtension[last.slice(dot + 1)]) ?? "page";
}
