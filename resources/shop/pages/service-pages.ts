import { join } from "node:path";
import { manuals } from "../catalogue.ts";
import { clientScript, escapeMarkup, field, styleSheet } from "../html.ts";
import { type Route, readForm, render } from "../visit.ts";

const asset = (type: string, body: string) => ({
  status: 200,
  headers: { "content-type": `${type}; charset=utf-8`, "cache-control": "max-age=3600" },
  body,
});

export const serviceRoutes: readonly Route[] = [
  ["GET", /^\/shop\.css$/, () => asset("text/css", styleSheet)],
  ["GET", /^\/shop\.js$/, () => asset("text/javascript", clientScript)],
  ["GET", /^\/favicon\.ico$/, () => ({ status: 204, headers: {}, body: "" })],
  [
    "GET",
    /^\/manuals$/,
    (visit) => {
      const items = Object.keys(manuals).map((name) => `<li><a href="/manuals/download?name=${name}">${name}</a></li>`);
      return render(visit, "Manuals", `<ul>${items.join("")}</ul>`);
    },
  ],
  [
    "GET",
    /^\/manuals\/download$/,
    async (visit) => {
      const name = visit.request.query.get("name") ?? "";
      const body = await visit.operations.readManual(join(visit.directory, "manuals"), name);
      return { status: 200, headers: { "content-type": "text/plain; charset=utf-8" }, body };
    },
  ],
  [
    "GET",
    /^\/partners$/,
    (visit) =>
      render(
        visit,
        "Partners",
        `<p>Is a delivery partner's server up?</p><form method="post" action="/partners/ping">${field("Host", "host", "127.0.0.1")}<button>Check</button></form>`,
      ),
  ],
  [
    "POST",
    /^\/partners\/ping$/,
    async (visit) => {
      const host = readForm(visit).get("host") ?? "";
      const output = await visit.operations.ping(host);
      return render(visit, "Partners", `<p>${visit.operations.show(host)}</p><pre>${escapeMarkup(output)}</pre>`);
    },
  ],
];
