import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
  ".ico": "image/x-icon",
};

export interface StaticFiles {
  /** The file at a URL path, or undefined. `/` and `/index.html` are the page. */
  read(path: string): Promise<Response | undefined>;
  /** The page itself, for addresses inside the application. */
  page(): Promise<Response>;
}

export interface StaticOptions {
  readonly directory: string;
  readonly headers: Record<string, string>;
}

/**
 * The built renderer, held in memory (under 2 MB): a build that replaces the files of a running host would take away those that
 * its open page still asks for. Nothing outside the list can be asked for.
 */
export function createStaticFiles(options: StaticOptions): StaticFiles {
  const files = new Map<string, Promise<Buffer<ArrayBuffer>>>();
  if (existsSync(options.directory)) {
    for (const entry of readdirSync(options.directory, { recursive: true, withFileTypes: true })) {
      // SECURITY: a link could lead out of the directory.
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const content = readFile(path);
      // Heard where it is asked for.
      content.catch(() => undefined);
      files.set(`/${relative(options.directory, path).split(sep).join("/")}`, content);
    }
  }
  const send = async (path: string, content: Promise<Buffer<ArrayBuffer>>): Promise<Response> => {
    const type = types[extname(path)] ?? "application/octet-stream";
    // File names under assets/ carry a hash of their content.
    const cache = path.startsWith("/assets/") ? "private, max-age=31536000, immutable" : "no-store";
    return new Response(await content, {
      headers: { ...options.headers, "Content-Type": type, "Cache-Control": cache },
    });
  };
  const page = async (): Promise<Response> => {
    const content = files.get("/index.html");
    if (content === undefined) {
      return new Response("The user interface is not built: run npm start.", { status: 503, headers: options.headers });
    }
    return new Response(await content, {
      headers: { ...options.headers, "Content-Type": types[".html"]!, "Cache-Control": "no-store" },
    });
  };
  return {
    // SECURITY: a look-up in a list; no path is ever put together from a request.
    async read(path) {
      if (path === "/" || path === "/index.html") return page();
      const content = files.get(path);
      return content === undefined ? undefined : send(path, content);
    },
    page,
  };
}
