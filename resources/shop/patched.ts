import { execFile } from "node:child_process";
import { randomBytes, timingSafeEqual } from "node:crypto";
import { readFile, realpath } from "node:fs/promises";
import { isIP } from "node:net";
import { join, sep } from "node:path";
import type { Product } from "./catalogue.ts";
import { type Customer, hashPassword } from "./database.ts";
import { escapeMarkup } from "./html.ts";
import { type Operations, Refusal } from "./operations.ts";
import { readOrder } from "./xml.ts";

const hostName = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;

/** The form without the holes. */
export const patched: Operations = {
  // SECURITY: values are parameters of the statement.
  findProducts(database, term, category) {
    const query = `SELECT id, name, category, price, stock, description FROM products
      WHERE (name LIKE '%' || @term || '%' OR description LIKE '%' || @term || '%') AND (@category = '' OR category = @category)
      ORDER BY name`;
    return database.prepare<[{ term: string; category: string }], Product>(query).all({ term, category });
  },

  // SECURITY: values are parameters of the statement.
  findCustomer(database, name, password) {
    const query = "SELECT id, name, email, address FROM customers WHERE name = ? AND password_hash = ?";
    return database.prepare<[string, string], Customer>(query).get(name, hashPassword(name, password)) ?? null;
  },

  // SECURITY: the real path, links followed, must lie in the folder.
  async readManual(folder, name) {
    if (name.includes("\0")) throw new Refusal(404, "There is no such manual.");
    const root = await realpath(folder);
    const file = await realpath(join(root, name)).catch(() => null);
    if (file === null || !file.startsWith(root + sep)) throw new Refusal(404, "There is no such manual.");
    return readFile(file);
  },

  // SECURITY: only an address or a host name gets through, as one argument, without a shell.
  ping(host) {
    if (isIP(host) === 0 && !hostName.test(host)) throw new Refusal(400, "This is no host name.");
    const count = process.platform === "win32" ? ["-n", "1"] : ["-c", "1", "-W", "1"];
    return new Promise((resolve) => {
      const options = { timeout: 5000, maxBuffer: 256 * 1024, env: { PATH: process.env.PATH ?? "" } };
      execFile("ping", [...count, "--", host], options, (error, stdout, stderr) =>
        resolve(stdout || stderr || (error ? "The ping command is not there." : "")),
      );
    });
  },

  // SECURITY: text stays text.
  show: escapeMarkup,

  // SECURITY: a document type is refused, and with it every entity but the five of XML itself.
  async parseOrder(xml) {
    if (/<!(?:DOCTYPE|ENTITY)/i.test(xml)) throw new Refusal(400, "An order has no document type.");
    return readOrder(xml, () => null);
  },

  // SECURITY: the form must come from a page of this shop (Origin) and of this session (token).
  checkForm(request, form, token) {
    const origin = request.headers.origin;
    if (origin !== undefined && origin !== `http://${request.headers.host}`)
      throw new Refusal(403, "Sent from another site.");
    const sent = Buffer.from(form.get("token") ?? "");
    const wanted = Buffer.from(token);
    if (sent.length !== wanted.length || !timingSafeEqual(sent, wanted))
      throw new Refusal(403, "Please open the form again.");
  },

  // SECURITY: nothing of the inside is told.
  describeFailure: () => `Reference ${randomBytes(6).toString("hex")}`,

  headers: {
    "content-security-policy":
      "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
  },
};
