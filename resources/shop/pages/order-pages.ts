import { addOrder, getProduct, listOrders, type OrderLine } from "../database.ts";
import { escapeMarkup, field, formatPrice } from "../html.ts";
import { json, redirect } from "../http.ts";
import { Refusal } from "../operations.ts";
import { countItems, currentCustomer, type Route, readForm, render, requireCustomer, type Visit } from "../visit.ts";

function put(visit: Visit, productId: number, quantity: number): void {
  if (getProduct(visit.database, productId) === null) throw new Refusal(404, "There is no such product.");
  if (!Number.isInteger(quantity) || quantity < 0 || quantity > 99) throw new Refusal(400, "The quantity is wrong.");
  if (quantity === 0) visit.session.basket.delete(productId);
  else visit.session.basket.set(productId, (visit.session.basket.get(productId) ?? 0) + quantity);
}

function basketLines(visit: Visit): OrderLine[] {
  return [...visit.session.basket].map(([productId, quantity]) => ({ productId, quantity }));
}

const describeBasket = (visit: Visit) => ({ items: countItems(visit.session), lines: basketLines(visit) });

export const orderRoutes: readonly Route[] = [
  [
    "GET",
    /^\/basket$/,
    (visit) => {
      let total = 0;
      const rows = basketLines(visit).map(({ productId, quantity }) => {
        const product = getProduct(visit.database, productId)!;
        total += product.price * quantity;
        return `<tr><td>${escapeMarkup(product.name)}</td><td>${quantity}</td><td>${formatPrice(product.price * quantity)}</td></tr>`;
      });
      const address = currentCustomer(visit)?.address ?? "";
      return render(
        visit,
        "Basket",
        rows.length === 0
          ? "<p>Nothing in it yet.</p>"
          : `<table><tr><th>Product</th><th>Quantity</th><th>Price</th></tr>${rows.join("")}</table><p class="price">${formatPrice(total)}</p>
<form method="post" action="/checkout">${field("Delivery address", "address", address)}${field("Note for the parcel", "note")}<button>Order on invoice</button></form>`,
      );
    },
  ],
  [
    "POST",
    /^\/basket$/,
    (visit) => {
      const form = readForm(visit);
      put(visit, Number(form.get("product")), Number(form.get("quantity") ?? "1"));
      return redirect("/basket");
    },
  ],
  ["GET", /^\/api\/basket$/, (visit) => json(describeBasket(visit))],
  [
    "POST",
    /^\/api\/basket$/,
    (visit) => {
      const sent: unknown = JSON.parse(visit.request.body);
      const { product, quantity } = Object(sent) as { product?: unknown; quantity?: unknown };
      put(visit, Number(product), Number(quantity ?? 1));
      return json(describeBasket(visit));
    },
  ],
  [
    "POST",
    /^\/checkout$/,
    (visit) => {
      const form = readForm(visit);
      const lines = basketLines(visit);
      if (lines.length === 0) throw new Refusal(400, "The basket is empty.");
      const customer = currentCustomer(visit)?.name ?? "guest";
      const order = {
        customer,
        lines,
        address: (form.get("address") ?? "").slice(0, 400),
        note: (form.get("note") ?? "").slice(0, 400),
      };
      const number = addOrder(visit.database, order);
      visit.session.basket.clear();
      return render(visit, "Thank you", `<p>Your order has the number ${number}.</p>`);
    },
  ],
  [
    "GET",
    /^\/orders$/,
    (visit) => {
      const customer = currentCustomer(visit)?.name ?? "guest";
      const { show } = visit.operations;
      const rows = listOrders(visit.database, customer).map(
        (o) => `<tr><td>${o.id}</td><td>${o.at}</td><td>${escapeMarkup(o.lines)}</td><td>${show(o.note)}</td></tr>`,
      );
      return render(
        visit,
        "Orders",
        `<table><tr><th>Number</th><th>When</th><th>What</th><th>Note</th></tr>${rows.join("")}</table>
<h2>Import an order (XML)</h2><form id="import"><label>File <input type="file" name="file" accept=".xml"></label>
<label>or text <textarea name="text"></textarea></label><button>Import</button></form><pre id="outcome"></pre>`,
      );
    },
  ],
  [
    "POST",
    /^\/orders\/import$/,
    async (visit) => {
      const customer = requireCustomer(visit);
      const imported = await visit.operations.parseOrder(visit.request.body, visit.directory);
      for (const line of imported.lines) {
        if (getProduct(visit.database, line.productId) === null)
          throw new Refusal(400, "The order names an unknown product.");
      }
      if (imported.lines.length === 0) throw new Refusal(400, "The order has no lines.");
      const number = addOrder(visit.database, {
        customer: customer.name,
        lines: imported.lines,
        address: customer.address,
        note: imported.note,
      });
      return json({ order: number, lines: imported.lines.length, note: imported.note }, 201);
    },
  ],
];
