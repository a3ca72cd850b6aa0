import { errorCodes } from "../../shared/errors.ts";
import type { Route } from "../../shared/route.ts";
import { plainHeaders } from "./error-reply.ts";
import type { DocumentPages } from "./listeners.ts";
import { describeOperation, isForPrograms, type Operation, openApiDocument, windowOnly } from "./openapi.ts";
import { documentHeaders } from "./page-headers.ts";

/** `/openapi.json`, `/docs` (to look something up) and `/redoc` (to read through): one page each, no script, nothing loaded. */
export function createDocumentPages(routes: readonly Route[], version: string): DocumentPages {
  // Made when first asked for: a start needs none of it.
  const made = new Map<string, string>();
  const operations = () => routes.map(describeOperation);
  const pages: Record<string, () => string> = {
    "/openapi.json": () => JSON.stringify(openApiDocument(routes, version), null, 2),
    "/docs": () => renderPage("Sentinel API", version, operations(), "details"),
    "/redoc": () => renderPage("Sentinel API reference", version, operations(), "sections"),
  };
  return (path) => {
    const make = Object.hasOwn(pages, path) ? pages[path] : undefined;
    if (make === undefined) return undefined;
    const text = made.get(path) ?? make();
    made.set(path, text);
    const headers = path.endsWith(".json")
      ? { ...plainHeaders, "Content-Type": "application/json" }
      : documentHeaders();
    return new Response(text, { headers });
  };
}

const style = `
:root{color-scheme:light dark;--ink:light-dark(#1b1f27,#e4e7ec);--quiet:light-dark(#566070,#a3acba);--line:light-dark(#d8dde5,#333b47);
--page:light-dark(#fff,#12161c);--panel:light-dark(#f5f7fa,#1a2028);--link:light-dark(#0b57c2,#7ab2ff)}
*{box-sizing:border-box}body{margin:0;font:15px/1.55 system-ui,sans-serif;color:var(--ink);background:var(--page)}
.columns{display:grid;grid-template-columns:17rem minmax(0,1fr);min-height:100vh}
nav{border-right:1px solid var(--line);padding:1.25rem;position:sticky;top:0;height:100vh;overflow:auto;font-size:13px}
nav h2{font-size:12px;margin:1rem 0 .25rem;color:var(--quiet)}nav a{display:block;padding:.15rem 0;overflow-wrap:anywhere}
main{padding:1.75rem 2.25rem 5rem;max-width:74rem}h1{font-size:22px;margin:0 0 .25rem}h2{font-size:17px;margin:2.25rem 0 .5rem}
h3{font-size:14px;margin:1.1rem 0 .35rem}p{margin:.35rem 0}.quiet{color:var(--quiet)}a{color:var(--link)}
code,pre{font:13px/1.5 ui-monospace,monospace}pre{background:var(--panel);border:1px solid var(--line);border-radius:6px;padding:.75rem 1rem;overflow:auto;max-height:26rem}
.operation{border:1px solid var(--line);border-radius:8px;margin:.6rem 0;padding:.1rem 1rem}summary{cursor:pointer;padding:.6rem 0}
.method{display:inline-block;min-width:3.6rem;font-weight:650}table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:left;vertical-align:top;border-bottom:1px solid var(--line);padding:.35rem .75rem .35rem 0}
@media(max-width:52rem){.columns{grid-template-columns:1fr}nav{position:static;height:auto;border:0}main{padding:1.25rem}}`;

function renderPage(title: string, version: string, all: readonly Operation[], layout: "details" | "sections"): string {
  const groups = Map.groupBy(all, (operation) => operation.group);
  const index = [...groups].map(
    ([group, list]) =>
      `<h2>${escapeHtml(group)}</h2>${list.map((o) => `<a href="#${anchor(o)}">${escapeHtml(o.summary)}</a>`).join("")}`,
  );
  const sections = [...groups].map(
    ([group, list]) => `<h2>${escapeHtml(group)}</h2>${list.map((o) => renderOperation(o, layout)).join("")}`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>
<meta name="viewport" content="width=device-width"><style>${style}</style></head><body><div class="columns">
<nav aria-label="Operations"><strong>Sentinel ${escapeHtml(version)}</strong>${index.join("")}<h2>errors</h2><a href="#errors">Error codes</a></nav>
<main><h1>${escapeHtml(title)}</h1><p class="quiet">Served on 127.0.0.1 only. Routes that are not open need the header
<code>X-Sentinel-Pin</code> or <code>Authorization: Bearer</code>. Machine-readable: <a href="/openapi.json">/openapi.json</a>.</p>
${sections.join("")}${renderErrors()}</main></div></body></html>`;
}

function renderOperation(operation: Operation, layout: "details" | "sections"): string {
  const line = `<span class="method">${operation.method}</span> <code>${escapeHtml(operation.path)}</code>`;
  const role = operation.open ? "Open: needs no credential." : `Role: ${escapeHtml(operation.role)}.`;
  const access = isForPrograms(operation) ? role : `${role} ${windowOnly}`;
  const mark = isForPrograms(operation) ? "" : ' <span class="quiet">(user interface only)</span>';
  const body = `<p class="quiet">${access}</p>${renderParameters(operation)}${
    operation.body === null
      ? ""
      : `<h3>Body (${escapeHtml(operation.body.type)})</h3>${renderSchema(operation.body.schema)}`
  }<h3>Reply (${escapeHtml(operation.reply.type)})</h3>${renderSchema(operation.reply.schema)}<h3>Example</h3><pre>${escapeHtml(exampleOf(operation))}</pre>`;
  if (layout === "details") {
    return `<details class="operation" id="${anchor(operation)}"><summary>${line} <span class="quiet">${escapeHtml(operation.summary)}</span>${mark}</summary>${body}</details>`;
  }
  return `<section class="operation" id="${anchor(operation)}"><h3>${escapeHtml(operation.summary)}</h3><p>${line}${mark}</p>${body}</section>`;
}

function renderParameters(operation: Operation): string {
  if (operation.parameters.length === 0) return "";
  const rows = operation.parameters.map(
    (p) =>
      `<tr><td><code>${escapeHtml(p.name)}</code></td><td>${p.in}${p.required ? ", required" : ""}</td><td><code>${escapeHtml(JSON.stringify(p.schema))}</code></td></tr>`,
  );
  return `<h3>Parameters</h3><table><thead><tr><th scope="col">Name</th><th scope="col">Where</th><th scope="col">Schema</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

function renderSchema(schema: Record<string, unknown>): string {
  return `<pre tabindex="0">${escapeHtml(JSON.stringify(schema, null, 2))}</pre>`;
}

function renderErrors(): string {
  const rows = Object.entries(errorCodes).map(
    ([code, { status, remedy }]) =>
      `<tr><td><code>${code}</code></td><td>${status}</td><td>${escapeHtml(remedy)}</td></tr>`,
  );
  return `<h2 id="errors">errors</h2><p>Every error is <code>{code, message, details?}</code>.</p><table><thead><tr><th scope="col">Code</th><th scope="col">Status</th><th scope="col">What to do</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

function exampleOf(operation: Operation): string {
  const credential = operation.open ? "" : ' -H "Authorization: Bearer $TOKEN"';
  const method = operation.method === "GET" ? "" : ` -X ${operation.method}`;
  const body =
    operation.body === null
      ? ""
      : operation.body.type === "application/json"
        ? " -H 'Content-Type: application/json' --data @body.json"
        : " --data-binary @FILE";
  return `curl${method}${credential}${body} http://127.0.0.1:8000${operation.path}`;
}

function anchor(operation: Operation): string {
  return `${operation.method}${operation.path}`
    .toLowerCase()
    .replaceAll(/[^a-z]+/g, "-")
    .replace(/-$/, "");
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
