import type { Product } from "./catalogue.ts";
import type { Customer, OrderLine, ShopDatabase } from "./database.ts";
import type { ShopRequest } from "./http.ts";

export type Variant = "vulnerable" | "patched";

/** An order as it came in as XML. */
export interface ImportedOrder {
  readonly lines: readonly OrderLine[];
  readonly note: string;
}

/** A request that the shop refuses, with words for the visitor. */
export class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Everything that the two forms of the shop do differently. */
export interface Operations {
  /** Products whose name or description holds `term`, of one category unless that is empty. */
  findProducts(database: ShopDatabase, term: string, category: string): Product[];
  findCustomer(database: ShopDatabase, name: string, password: string): Customer | null;
  /** Bytes of one manual. @param folder the only folder meant to be read */
  readManual(folder: string, name: string): Promise<Buffer>;
  /** Output of the system's ping command. */
  ping(host: string): Promise<string>;
  /** Text of a visitor as it stands in a page. */
  show(text: string): string;
  /** @param folder what relative system identifiers start from */
  parseOrder(xml: string, folder: string): Promise<ImportedOrder>;
  /** Throws a Refusal when a form that changes the account was not sent from a page of the shop. */
  checkForm(request: ShopRequest, form: URLSearchParams, token: string): void;
  /** What a visitor reads about a defect. */
  describeFailure(error: unknown): string;
  /** Headers of every page. */
  readonly headers: Readonly<Record<string, string>>;
}
