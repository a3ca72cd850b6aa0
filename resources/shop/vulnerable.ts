import { exec } from "node:child_process";
import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Product } from "./catalogue.ts";
import { type Customer, hashPassword } from "./database.ts";
import { type Operations, Refusal } from "./operations.ts";
import { readOrder } from "./xml.ts";

/** The form with the holes. Each is the textbook mistake, not a caricature of it: the honest way through works. */
export const vulnerable: Operations = {
  // CWE-89: values are joined into the statement.
  findProducts(database, term, category) {
    const inCategory = category === "" ? "" : ` AND category = '${category}'`;
    const query = `SELECT id, name, category, price, stock, description FROM products WHERE (name LIKE '%${term}%' OR description LIKE '%${term}%')${inCategory} ORDER BY name`;
    return database.prepare<[], Product>(query).all();
  },

  // CWE-89 again; `' OR 1=1 --` is the first customer.
  findCustomer(database, name, password) {
    const hash = hashPassword(name, password);
    const query = `SELECT id, name, email, address FROM customers WHERE name = '${name}' AND password_hash = '${hash}'`;
    return database.prepare<[], Customer>(query).get() ?? null;
  },

  // CWE-22: the name may climb out of the folder, or be absolute.
  readManual: (folder, name) => readFile(isAbsolute(name) ? name : join(folder, name)),

  // CWE-78: the host name goes through a shell.
  ping: (host) =>
    new Promise((resolve) => {
      const count = process.platform === "win32" ? "-n 1" : "-c 1 -W 1";
      // SECURITY: even this form hands no environment to its children (it may hold the owner's secrets), and ends them.
      const options = { timeout: 5000, maxBuffer: 256 * 1024, env: { PATH: process.env.PATH ?? "" } };
      exec(`ping ${count} ${host}`, options, (_error, stdout, stderr) => resolve(`${stdout}${stderr}`));
    }),

  // CWE-79: text becomes markup.
  show: (text) => text,

  // CWE-611: entities declared in the document are read from files.
  async parseOrder(xml, folder) {
    const entities = new Map<string, string>();
    const declaration = /<!ENTITY\s+([\w.-]+)\s+(?:SYSTEM\s+["']([^"']+)["']|["']([^"']*)["'])\s*>/g;
    for (const [, name, system, literal] of [...xml.matchAll(declaration)].slice(0, 20)) {
      entities.set(name ?? "", system === undefined ? (literal ?? "") : await readSystem(system, folder));
    }
    return readOrder(xml, (name) => entities.get(name) ?? null);
  },

  // CWE-352: whoever sends the form with the cookie is believed.
  checkForm: () => {},

  // CWE-209: the visitor reads the stack.
  describeFailure: (error) => (error instanceof Error ? (error.stack ?? error.message) : String(error)),

  headers: {},
};

async function readSystem(identifier: string, folder: string): Promise<string> {
  // SECURITY: no entity is fetched over the network, so that the shop never sends traffic of its own.
  if (/^(?!file:)[a-z][a-z0-9+.-]+:/i.test(identifier)) throw new Refusal(502, `cannot load entity ${identifier}`);
  const file = identifier.startsWith("file:") ? fileURLToPath(identifier) : join(folder, identifier);
  const bytes = await readFile(file);
  return bytes.subarray(0, 64 * 1024).toString("utf8");
}
