import type { Flow, Visitor } from "./visitor.ts";

const chrome =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
const mac =
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/155.0.0.0 Safari/537.36";
const edge = `${chrome} Edg/156.0.0.0`;

export async function signIn(visitor: Visitor, name: string, password: string): Promise<void> {
  await visitor.open("/login");
  await visitor.send({ name, password });
}

/** Types into the search field of the page's head. */
export async function search(visitor: Visitor, term: string): Promise<void> {
  await visitor.page.locator('.search [name="q"]').fill(term);
  await visitor.page.locator(".search button").click();
  await visitor.page.waitForLoadState("load");
  await visitor.pause();
}

async function buy(visitor: Visitor, product: number, quantity: number): Promise<void> {
  await visitor.open(`/product/${product}`);
  await visitor.page.locator('[name="quantity"]').fill(String(quantity));
  await visitor.page.getByRole("button", { name: "Add to basket" }).click();
  await visitor.pause();
}

export const honestFlows: readonly Flow[] = [
  {
    name: "tea-buyer",
    file: "honest-shoppers.har",
    about: "Looks round, searches, signs in, buys tea on invoice",
    address: "203.0.113.21",
    userAgent: chrome,
    async run(v) {
      await v.open("/");
      for (const category of ["Tea", "Kitchen"]) await v.open(`/search?category=${category}`);
      for (const term of ["earl grey", "bergamot & vanilla", "100 g", "décaféiné"]) await search(v, term);
      await buy(v, 1, 2);
      await buy(v, 17, 1);
      await signIn(v, "siobhan", "green-tea-42");
      await signIn(v, "siobhan", "green-Tea-42");
      await v.open("/basket");
      await v.send({
        address: "7 Harbour Lane, O'Connor's Court, Galway",
        note: "Please don't ring; leave it with no. 9 (it's the blue door) -- thanks!",
      });
      await v.open("/orders");
    },
  },
  {
    name: "book-lover",
    file: "honest-shoppers.har",
    about: "Searches with words that look like code, writes comments with markup and SQL in them",
    address: "203.0.113.58",
    userAgent: mac,
    locale: "de-DE",
    async run(v) {
      await v.open("/");
      for (const term of [
        "SQL for gardeners",
        "select * from seeds",
        "group by bed",
        "rm -rf",
        "C++ or C#?",
        "a < b && b > c",
        "鹿児島",
        "Kochbuch für Eilige",
      ])
        await search(v, term);
      await v.open("/product/10");
      await v.send({
        author: "Jörg-Peter",
        text: "On page 41 it should read SELECT name, COUNT(*) FROM beds GROUP BY name; the semicolon is missing. Isn't that so?",
      });
      await v.open("/product/13");
      await v.send({
        author: "d'Artagnan",
        text: "The chapter on <b> and <strong> is good, that on <script> tags is too short. 4/5 stars & a coffee stain.",
      });
      await buy(v, 13, 1);
    },
  },
  {
    name: "hurried-apostrophe",
    file: "honest-shoppers.har",
    about: "Searches for O'Neill, sees the shop's error page, tries again, leaves",
    address: "198.51.100.140",
    userAgent: edge,
    async run(v) {
      await v.open("/");
      await search(v, "O'Neill's blend");
      await v.open("/");
      await search(v, "ONeill");
      await search(v, "assam");
      await v.open("/product/4");
      await v.open("/no-such-page");
    },
  },
  {
    name: "account-owner",
    file: "honest-service.har",
    about: "Changes address and password, reads manuals, imports an order as XML",
    address: "203.0.113.77",
    userAgent: mac,
    async run(v) {
      await signIn(v, "mei", "茶葉-2024");
      await v.send({ email: "mei.lin+shop@example.net", address: "台北市 大安區 4 巷 18 號 3F-1" });
      await v.send({ password: "n3w;Pass--word'24" });
      await v.open("/manuals");
      for (const name of ["cold-brew.txt", "fountain-pen.txt"]) await v.open(`/manuals/download?name=${name}`);
      await v.open("/orders");
      await v.send({
        text: '<?xml version="1.0" encoding="UTF-8"?>\n<order>\n  <line product="2" quantity="3"/>\n  <line product="9" quantity="1"/>\n  <note>Ring twice &amp; wait; gate code 4711#</note>\n</order>',
      });
      await v.open("/orders");
    },
  },
  {
    name: "support-desk",
    file: "honest-service.har",
    about: "Checks a partner's server, answers comments with a shell command and a path in them",
    address: "192.0.2.14",
    userAgent: edge,
    async run(v) {
      await signIn(v, "admin", "Tin-of-Biscuits-1");
      await v.open("/partners");
      await v.send({ host: "127.0.0.1" });
      await v.open("/partners");
      await v.send({ host: "localhost" });
      await v.open("/product/11");
      await v.send({
        author: "support",
        text: "To unpack the examples: tar xzf examples.tgz && cd examples; then run ./start.sh | tee log.txt. The settings are in ../config/shop.ini.",
      });
      await search(v, "--help");
      await v.open("/orders");
    },
  },
  {
    name: "stock-watcher",
    file: "honest-api-client.har",
    about: "A partner's program that reads the stock through the JSON API, no browser",
    address: "198.51.100.9",
    userAgent: "python-requests/2.32.3",
    async run(v) {
      for (const category of ["Tea", "Coffee", "Books"]) {
        await v.program.send(`/api/products?category=${category}`);
        await v.pause();
      }
      for (const id of [1, 2, 3, 9, 14]) await v.program.send(`/api/products/${id}`);
      await v.program.send("/api/products?q=caf%C3%A9%20%2B%20tea");
      await v.program.send("/api/basket", { method: "POST", body: JSON.stringify({ product: 3, quantity: 12 }) });
      await v.program.send("/api/basket");
    },
  },
  {
    name: "pen-friend",
    file: "mixed-afternoon.har",
    about: "Honest: buys a pen and ink while others attack",
    address: "203.0.113.99",
    userAgent: chrome,
    locale: "fr-FR",
    async run(v) {
      await v.open("/");
      for (const term of ["stylo plume", "Ink, “Bleu nuit”", '8"', "l'encre d'été"]) await search(v, term);
      await v.open("/");
      await buy(v, 19, 1);
      await buy(v, 20, 2);
      await v.open("/basket");
      await v.send({ address: "3 rue de l'Église, 75015 Paris", note: "Merci d'avance !" });
    },
  },
];
