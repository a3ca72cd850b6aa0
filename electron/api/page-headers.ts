/** Where a page may connect to beside its own origin. */
export interface PageReach {
  readonly connect: readonly string[];
}

/**
 * Headers of the renderer's files. One script injection here would own every approval, hence no inline script, no eval, no
 * foreign source, and typed sinks.
 */
export function pageHeaders(reach: PageReach): Record<string, string> {
  const policy = [
    // SECURITY: whatever is not named is forbidden.
    "default-src 'none'",
    // SECURITY: only files that were built; no inline script, no eval.
    "script-src 'self'",
    "worker-src 'self'",
    "style-src 'self'",
    // Charts set style attributes; they cannot run anything.
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    // SECURITY: stolen data has nowhere to go.
    `connect-src ${["'self'", ...reach.connect].join(" ")}`,
    "form-action 'none'",
    "base-uri 'none'",
    // SECURITY: no page may put this one into a frame and steal clicks on its buttons.
    "frame-ancestors 'none'",
    // SECURITY: strings cannot become HTML or code, even by a bug in a screen.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
  return { ...commonHeaders, "Content-Security-Policy": policy };
}

/** Headers of documentation pages, which have no script at all. */
export function documentHeaders(): Record<string, string> {
  return {
    ...commonHeaders,
    // SECURITY: the pages are text and style; nothing else is needed.
    "Content-Security-Policy":
      "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
  };
}

const commonHeaders = {
  // SECURITY: a file is what its type says.
  "X-Content-Type-Options": "nosniff",
  // SECURITY: frame denial for what does not know frame-ancestors.
  "X-Frame-Options": "DENY",
  // SECURITY: no window of another origin keeps a handle on this one, no process is shared, no resource is embedded.
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  // SECURITY: addresses hold identifiers of evidence.
  "Referrer-Policy": "no-referrer",
  // SECURITY: nothing here needs a device.
  "Permissions-Policy":
    "camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=(), payment=(), display-capture=()",
} as const;
