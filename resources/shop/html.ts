import type { Product } from "./catalogue.ts";
import { categories } from "./catalogue.ts";

export function escapeMarkup(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

export const formatPrice = (cents: number) => `€ ${(cents / 100).toFixed(2)}`;

/** The frame of every page. `title` is text, `content` is markup. */
export function layout(
  title: string,
  content: string,
  visitor: { readonly name: string; readonly items: number },
): string {
  const links = categories.map((c) => `<a href="/search?category=${encodeURIComponent(c)}">${c}</a>`).join("\n");
  const who =
    visitor.name === ""
      ? '<a href="/login">Sign in</a>'
      : `<a href="/account">${escapeMarkup(visitor.name)}</a> <form method="post" action="/logout"><button>Sign out</button></form>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeMarkup(title)} · Harbour Tea House</title><link rel="stylesheet" href="/shop.css"><script src="/shop.js" defer></script></head>
<body><header><a class="brand" href="/">Harbour Tea House</a>
<form class="search" action="/search"><input name="q" placeholder="Search the shop" aria-label="Search the shop"><button>Search</button></form>
<nav>${who} <a href="/basket">Basket (${visitor.items})</a></nav></header>
<nav class="categories">${links}
<a href="/manuals">Manuals</a> <a href="/orders">Orders</a> <a href="/partners">Partners</a></nav>
<main><h1>${escapeMarkup(title)}</h1>
${content}
</main><footer>Harbour Tea House, a shop for rehearsals. Nothing is delivered.</footer></body></html>`;
}

/** @param show how text of the catalogue stands in a page */
export function listProducts(list: readonly Product[], show: (text: string) => string): string {
  const cards = list.map(
    (
      p,
    ) => `<article><h2><a href="/product/${p.id}">${show(String(p.name))}</a></h2><p>${show(String(p.description))}</p>
<p class="price">${typeof p.price === "number" ? formatPrice(p.price) : show(String(p.price))}</p></article>`,
  );
  return `<section class="products">${cards.join("\n")}</section>`;
}

export function field(label: string, name: string, value = "", type = "text"): string {
  return `<label>${escapeMarkup(label)} <input type="${type}" name="${name}" value="${escapeMarkup(value)}"></label>`;
}

export const styleSheet = `:root{font:16px/1.5 Georgia,serif;color:#23312b;background:#faf7f0}body{margin:0}
header{display:flex;gap:1.5rem;align-items:center;padding:1rem 2rem;background:#1f4037;color:#fff}header a{color:#fff}
header nav{margin-left:auto;display:flex;gap:1rem;align-items:center}header nav form{display:inline}.brand{font-size:1.4rem;text-decoration:none}
.search{flex:1;max-width:30rem;display:flex}.search input{flex:1}.categories{display:flex;flex-wrap:wrap;gap:1.2rem;padding:.6rem 2rem;background:#e8e0cf}
main{max-width:62rem;margin:0 auto;padding:1rem 2rem}.products{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:1rem}
article{background:#fff;border:1px solid #ddd3bd;border-radius:6px;padding:.8rem 1rem}article h2{font-size:1.05rem;margin:0}.price{font-weight:bold}
input,textarea,select,button{font:inherit;padding:.3rem .5rem}label{display:block;margin:.5rem 0}textarea{width:100%;min-height:6rem}
.comment{border-left:3px solid #b8a878;padding-left:.8rem;margin:.8rem 0}pre{background:#fff;border:1px solid #ddd3bd;padding:.8rem;overflow:auto}
table{border-collapse:collapse}td,th{padding:.3rem .8rem;border-bottom:1px solid #ddd3bd;text-align:left}.error{color:#8c2f1b}
footer{padding:2rem;color:#6d6a5f;text-align:center}`;

/** Sends the chosen XML file as it is, and adds to the basket without leaving the page. */
export const clientScript = `"use strict";
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.id === "import") {
    event.preventDefault();
    const file = form.elements.file.files[0];
    const text = file ? await file.text() : form.elements.text.value;
    const reply = await fetch("/orders/import", { method: "POST", headers: { "content-type": "application/xml" }, body: text });
    document.getElementById("outcome").textContent = await reply.text();
  }
  if (form.className === "quick") {
    event.preventDefault();
    const order = { product: Number(form.elements.product.value), quantity: Number(form.elements.quantity.value) };
    const reply = await fetch("/api/basket", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(order) });
    const basket = await reply.json();
    document.querySelector('header a[href="/basket"]').textContent = "Basket (" + basket.items + ")";
  }
});
`;
