import { type Product, products } from "../catalogue.ts";
import { addComment, getProduct, listComments } from "../database.ts";
import { escapeMarkup, formatPrice, listProducts } from "../html.ts";
import { json, redirect } from "../http.ts";
import { Refusal } from "../operations.ts";
import { currentCustomer, type Route, readForm, render, type Visit } from "../visit.ts";

function find(visit: Visit): Product[] {
  const { query } = visit.request;
  return visit.operations.findProducts(visit.database, query.get("q") ?? "", query.get("category") ?? "");
}

function needProduct(visit: Visit, id: string | undefined): Product {
  const product = getProduct(visit.database, Number(id));
  if (product === null) throw new Refusal(404, "There is no such product.");
  return product;
}

export const catalogueRoutes: readonly Route[] = [
  ["GET", /^\/$/, (visit) => render(visit, "Welcome", listProducts(products.slice(0, 8), escapeMarkup))],
  [
    "GET",
    /^\/search$/,
    (visit) => {
      const { show } = visit.operations;
      const term = visit.request.query.get("q") ?? "";
      const category = visit.request.query.get("category") ?? "";
      const found = find(visit);
      const words = term === "" ? `All of ${show(category === "" ? "the shop" : category)}` : `“${show(term)}”`;
      return render(visit, "Search", `<p>${words}: ${found.length} found.</p>${listProducts(found, show)}`);
    },
  ],
  [
    "GET",
    /^\/product\/([^/]+)$/,
    (visit, [id]) => {
      const { show } = visit.operations;
      const product = needProduct(visit, id);
      const comments = listComments(visit.database, product.id).map(
        (c) =>
          `<div class="comment"><strong>${show(c.author)}</strong> <time>${c.at}</time><p>${show(c.text)}</p></div>`,
      );
      return render(
        visit,
        product.name,
        `<p>${escapeMarkup(product.description)}</p><p class="price">${formatPrice(product.price)}, ${product.stock} in stock</p>
<form class="quick" method="post" action="/basket"><input type="hidden" name="product" value="${product.id}">
<label>Quantity <input type="number" name="quantity" value="1" min="1" max="20"></label><button>Add to basket</button></form>
<h2>Comments</h2>${comments.join("\n")}
<form method="post" action="/product/${product.id}/comments"><label>Your name <input name="author"></label>
<label>Your comment <textarea name="text"></textarea></label><button>Send</button></form>`,
      );
    },
  ],
  [
    "POST",
    /^\/product\/([^/]+)\/comments$/,
    (visit, [id]) => {
      const product = needProduct(visit, id);
      const form = readForm(visit);
      const text = (form.get("text") ?? "").slice(0, 4000);
      if (text.trim() === "") throw new Refusal(400, "The comment is empty.");
      const author = (form.get("author") || currentCustomer(visit)?.name || "a guest").slice(0, 100);
      addComment(visit.database, product.id, { author, text, at: new Date().toISOString() });
      return redirect(`/product/${product.id}`);
    },
  ],
  ["GET", /^\/api\/products$/, (visit) => json({ products: find(visit) })],
  ["GET", /^\/api\/products\/([^/]+)$/, (visit, [id]) => json(needProduct(visit, id))],
];
