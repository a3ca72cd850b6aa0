import type { CustomScheme } from "electron";
import { SentinelError } from "../../shared/errors.ts";
import { errorReply } from "../api/error-reply.ts";
import type { Router } from "../api/router.ts";
import type { StaticFiles } from "../api/static-files.ts";
import type { Principal } from "../engine/base/principals.ts";
import { appOrigin, isOwnUrl } from "./window-options.ts";

/** The application's scheme: an origin like https, with fetch and streamed replies, and no port that others could take. */
export const sentinelScheme: CustomScheme = {
  scheme: "sentinel",
  privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true },
};

export interface SchemeOptions {
  readonly router: Router;
  readonly files: StaticFiles;
}

/** The person at the screen: whoever may start the program may do everything in it. */
export const desktopPrincipal = { actor: "analyst", role: "admin", caller: "ui" } satisfies Principal;

/** Answers `sentinel://app/…` in this process: the same router that the headless host serves over HTTP. */
export function answerScheme(options: SchemeOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    const origin = request.headers.get("origin");
    // SECURITY: only the application's own pages; no frame or worker of another origin.
    if (!isOwnUrl(request.url) || (origin !== null && origin !== appOrigin)) {
      return errorReply(new SentinelError("HOST_REFUSED", "Only the application's own pages may ask."));
    }
    const path = new URL(request.url).pathname;
    if (request.method === "GET" && options.router.find("GET", path) === undefined) {
      const file = await options.files.read(path);
      if (file !== undefined) return file;
      if (!path.startsWith("/api/") && request.headers.get("sec-fetch-dest") === "document")
        return options.files.page();
    }
    return options.router.handle(request, desktopPrincipal);
  };
}
