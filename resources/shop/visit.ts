import { randomBytes } from "node:crypto";
import { type Customer, getCustomer, type ShopDatabase } from "./database.ts";
import { layout } from "./html.ts";
import { page, type Reply, type ShopRequest } from "./http.ts";
import { type Operations, Refusal } from "./operations.ts";

/** One visitor's state, kept in memory for as long as the shop runs. */
export interface Session {
  customerId: number | null;
  readonly token: string;
  readonly basket: Map<number, number>;
}

export function createSession(): Session {
  return { customerId: null, token: randomBytes(16).toString("hex"), basket: new Map() };
}

/** What a handler works with. */
export interface Visit {
  readonly request: ShopRequest;
  readonly session: Session;
  readonly database: ShopDatabase;
  /** The shop's folder; manuals lie under it. */
  readonly directory: string;
  readonly operations: Operations;
}

export type Handler = (visit: Visit, parameters: readonly string[]) => Reply | Promise<Reply>;
export type Route = readonly [method: string, path: RegExp, handler: Handler];

export const readForm = (visit: Visit) => new URLSearchParams(visit.request.body);

export function currentCustomer(visit: Visit): Customer | null {
  return visit.session.customerId === null ? null : getCustomer(visit.database, visit.session.customerId);
}

/** @throws Refusal 401 when nobody is signed in */
export function requireCustomer(visit: Visit): Customer {
  const customer = currentCustomer(visit);
  if (customer === null) throw new Refusal(401, "Please sign in first.");
  return customer;
}

export const countItems = (session: Session) => [...session.basket.values()].reduce((sum, n) => sum + n, 0);

export function render(visit: Visit, title: string, content: string, status = 200): Reply {
  const visitor = { name: currentCustomer(visit)?.name ?? "", items: countItems(visit.session) };
  return page(layout(title, content, visitor), status);
}
