import { log2 } from "../../base/math.ts";
import {
  addBounded,
  addNumber,
  createMoments,
  distinctLimit,
  type FeatureGroup,
  maxOf,
  meanOf,
  share,
} from "./feature-group.ts";

const commonMethods = new Set(["GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"]);
const writingMethods = new Set(["POST", "PUT", "PATCH", "DELETE"]);
const staticAsset = /\.(?:css|js|mjs|map|png|jpe?g|gif|svg|ico|webp|avif|woff2?|ttf|mp4|wasm)$/i;
/** Paths that scanners ask for and that no page links to. */
const probed =
  /(?:^|\/)(?:\.(?:git|svn|hg|env|aws|ssh|htaccess|htpasswd|ds_store|vscode|idea)|wp-login\.php|xmlrpc\.php|phpinfo|phpmyadmin|adminer|cgi-bin|server-status|actuator|jenkins|solr|web\.config|web-inf|\w+\.(?:bak|old|sql|swp|tar\.gz|zip))(?:$|[./?])/i;

/** Path of a request target, without query. */
export function pathOf(target: string): string {
  const question = target.indexOf("?");
  return question < 0 ? target : target.slice(0, question);
}

function depthOf(path: string): number {
  let depth = 0;
  for (let i = 0; i < path.length; i++) {
    if (path.charCodeAt(i) === 47 && i + 1 < path.length && path.charCodeAt(i + 1) !== 47) depth++;
  }
  return depth;
}

interface PathFacts {
  count: number;
  readonly depth: number;
  readonly isStatic: boolean;
  readonly isProbe: boolean;
}

function readPath(path: string): PathFacts {
  return {
    count: 0,
    depth: depthOf(path),
    isStatic: staticAsset.test(path.slice(-10)),
    isProbe: probed.test(path.slice(0, 2000)),
  };
}

function countParameters(target: string): number {
  const question = target.indexOf("?");
  if (question < 0 || question === target.length - 1) return 0;
  let count = 1;
  for (let i = question; i < target.length; i++) if (target.charCodeAt(i) === 38) count++;
  return count;
}

/** Counts, sizes, methods and paths of the requests themselves. */
export const trafficFeatures = {
  descriptions: {
    n_requests: {
      label: "Requests",
      unit: "requests",
      range: [0, null],
      availability: "always",
      meaning: "Requests in the session",
    },
    n_distinct_paths: {
      label: "Distinct paths",
      unit: "paths",
      range: [0, distinctLimit],
      availability: "always",
      meaning: "Different paths asked for, without query",
    },
    n_distinct_parameters: {
      label: "Distinct parameters",
      unit: "names",
      range: [0, distinctLimit],
      availability: "always",
      meaning: "Different names of query, form, JSON, XML and multipart fields",
    },
    n_hosts: {
      label: "Hosts",
      unit: "hosts",
      range: [1, distinctLimit],
      availability: "hosts",
      meaning: "Different hosts asked",
    },
    distinct_path_ratio: {
      label: "Share of new paths",
      unit: "1",
      range: [0, 1],
      availability: "always",
      meaning: "Distinct paths by requests: near 1 when every request goes elsewhere, as in a scan",
    },
    top_path_ratio: {
      label: "Share of the busiest path",
      unit: "1",
      range: [0, 1],
      availability: "always",
      meaning: "Requests to the most asked path by all requests: near 1 when one page is hammered",
    },
    path_entropy: {
      label: "Path entropy",
      unit: "bits",
      range: [0, 14],
      availability: "always",
      meaning: "Shannon entropy of how requests spread over paths",
    },
    mean_path_depth: {
      label: "Mean path depth",
      unit: "segments",
      range: [0, null],
      availability: "always",
      meaning: "Mean number of path segments",
    },
    max_path_depth: {
      label: "Deepest path",
      unit: "segments",
      range: [0, null],
      availability: "always",
      meaning: "Largest number of path segments",
    },
    mean_target_length: {
      label: "Mean length of the request target",
      unit: "characters",
      range: [0, null],
      availability: "always",
      meaning: "Mean length of path and query as sent",
    },
    max_target_length: {
      label: "Longest request target",
      unit: "characters",
      range: [0, null],
      availability: "always",
      meaning: "Largest length of path and query as sent",
    },
    max_parameters: {
      label: "Most query parameters",
      unit: "parameters",
      range: [0, null],
      availability: "always",
      meaning: "Largest number of query parameters in one request",
    },
    static_ratio: {
      label: "Share of static files",
      unit: "1",
      range: [0, 1],
      availability: "always",
      meaning: "Requests for scripts, styles, images and fonts: browsers load them, tools seldom do",
    },
    probe_count: {
      label: "Probes",
      unit: "requests",
      range: [0, null],
      availability: "always",
      meaning: "Requests for what no page links to: version control, backups, well-known admin pages",
    },
    write_ratio: {
      label: "Share of writing requests",
      unit: "1",
      range: [0, 1],
      availability: "always",
      meaning: "Requests with POST, PUT, PATCH or DELETE",
    },
    odd_method_ratio: {
      label: "Share of unusual methods",
      unit: "1",
      range: [0, 1],
      availability: "always",
      meaning: "Requests with a method other than GET, POST, HEAD, OPTIONS, PUT, PATCH, DELETE",
    },
    n_methods: {
      label: "Methods",
      unit: "methods",
      range: [0, distinctLimit],
      availability: "always",
      meaning: "Different methods used",
    },
    mean_body_size: {
      label: "Mean request body",
      unit: "characters",
      range: [0, null],
      availability: "request bodies",
      meaning: "Mean size of recorded request bodies",
    },
    max_body_size: {
      label: "Largest request body",
      unit: "characters",
      range: [0, null],
      availability: "request bodies",
      meaning: "Largest recorded request body",
    },
  },
  create() {
    const paths = new Map<string, PathFacts>();
    const parameters = new Map<string, Set<string>>();
    const hosts = new Set<string>();
    const methods = new Set<string>();
    const depths = createMoments();
    const lengths = createMoments();
    const bodies = createMoments();
    let nParameters = 0;
    let requests = 0;
    let maxParameters = 0;
    let statics = 0;
    let probes = 0;
    let writes = 0;
    let odd = 0;
    return {
      add({ exchange, values }) {
        requests++;
        const path = pathOf(exchange.target);
        let facts = paths.get(path);
        if (facts === undefined) {
          facts = readPath(path);
          if (paths.size < distinctLimit) paths.set(path, facts);
        }
        facts.count++;
        if (exchange.host !== null) addBounded(hosts, exchange.host);
        addBounded(methods, exchange.method);
        addNumber(depths, facts.depth);
        addNumber(lengths, exchange.target.length);
        if (exchange.body !== null) addNumber(bodies, exchange.body.length);
        maxParameters = Math.max(maxParameters, countParameters(exchange.target));
        if (facts.isStatic) statics++;
        if (facts.isProbe) probes++;
        const method = exchange.method.toUpperCase();
        if (writingMethods.has(method)) writes++;
        if (!commonMethods.has(method)) odd++;
        for (const { value } of values) {
          if (value.name === "" || value.place === "header" || value.place === "cookie") continue;
          let names = parameters.get(value.place);
          if (names === undefined) {
            names = new Set();
            parameters.set(value.place, names);
          }
          if (nParameters < distinctLimit && !names.has(value.name)) {
            names.add(value.name);
            nParameters++;
          }
        }
      },
      finish() {
        let busiest = 0;
        let counted = 0;
        for (const { count } of paths.values()) {
          counted += count;
          busiest = Math.max(busiest, count);
        }
        let entropy = 0;
        for (const { count } of paths.values()) entropy -= (count / counted) * log2(count / counted);
        return {
          n_requests: requests,
          n_distinct_paths: paths.size,
          n_distinct_parameters: nParameters,
          n_hosts: hosts.size === 0 ? Number.NaN : hosts.size,
          distinct_path_ratio: share(paths.size, requests),
          top_path_ratio: share(busiest, requests),
          path_entropy: Math.max(0, entropy),
          mean_path_depth: meanOf(depths),
          max_path_depth: maxOf(depths),
          mean_target_length: meanOf(lengths),
          max_target_length: maxOf(lengths),
          max_parameters: maxParameters,
          static_ratio: share(statics, requests),
          probe_count: probes,
          write_ratio: share(writes, requests),
          odd_method_ratio: share(odd, requests),
          n_methods: methods.size,
          mean_body_size: meanOf(bodies),
          max_body_size: maxOf(bodies),
        };
      },
    };
  },
} satisfies FeatureGroup<string>;
