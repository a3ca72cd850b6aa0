import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Variant } from "./operations.ts";
import { createShop, type Shop } from "./shop.ts";

/** A visitor with a cookie jar. */
function createVisitor(shop: Shop) {
  let cookie = "";
  return async (path: string, init: RequestInit = {}) => {
    const headers = { "x-shop-key": shop.key, ...(cookie === "" ? {} : { cookie }), ...init.headers };
    const reply = await fetch(shop.origin + path, { redirect: "manual", ...init, headers });
    for (const line of reply.headers.getSetCookie()) cookie = line.split(";")[0] ?? "";
    return { status: reply.status, text: await reply.text(), headers: reply.headers };
  };
}
type Visitor = ReturnType<typeof createVisitor>;

const form = (fields: Record<string, string>): RequestInit => ({ method: "POST", body: new URLSearchParams(fields) });
const signIn = (visit: Visitor, name: string, password: string) => visit("/login", form({ name, password }));
const email = async (visit: Visitor) => /name="email" value="([^"]*)"/.exec((await visit("/account")).text)?.[1];

const shops = {} as Record<Variant, Shop>;
const folders: string[] = [];
const lines: string[] = [];

beforeAll(async () => {
  for (const variant of ["vulnerable", "patched"] as const) {
    const directory = mkdtempSync(join(tmpdir(), "shop-test-"));
    folders.push(directory);
    shops[variant] = await createShop({ variant, directory, port: 0, log: (line) => lines.push(line) });
    writeFileSync(join(directory, "secret.txt"), "the-secret-of-the-shop");
  }
});

afterAll(async () => {
  for (const shop of Object.values(shops)) await shop.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe.each(["vulnerable", "patched"] as const)("%s shop: the honest way works", (variant) => {
  test.each([
    ["O'Neill", variant === "patched" ? 200 : 500],
    ["鹿児島", 200],
    ["SELECT * FROM seeds", 200],
    ["tea", 200],
  ])("search for %s", async (term, status) => {
    const reply = await createVisitor(shops[variant])(`/search?q=${encodeURIComponent(term)}`);
    expect(reply.status).toBe(status);
    if (status === 200) expect(reply.text).toMatch(/[1-9]\d* found/);
  });

  test("sign in, buy, change the account, import an order, read a manual", async () => {
    const visit = createVisitor(shops[variant]);
    expect((await signIn(visit, "bjorn", "wrong")).status).toBe(401);
    expect((await signIn(visit, "bjorn", "smörgås!8")).status).toBe(303);
    const json = {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"product":3,"quantity":2}',
    };
    expect(JSON.parse((await visit("/api/basket", json)).text)).toEqual({
      items: 2,
      lines: [{ productId: 3, quantity: 2 }],
    });
    expect((await visit("/checkout", form({ address: "Storgatan 12", note: "" }))).text).toContain("has the number");
    const token = /name="token" value="(\w+)"/.exec((await visit("/account")).text)?.[1] ?? "";
    await visit("/account", form({ token, email: "b@example.org", address: "d'Arc 3" }));
    expect(await email(visit)).toBe("b@example.org");
    const order = '<order><line product="2" quantity="1"/><note>Ring &amp; wait</note></order>';
    expect(JSON.parse((await visit("/orders/import", { method: "POST", body: order })).text)).toMatchObject({
      note: "Ring & wait",
    });
    expect((await visit("/manuals/download?name=returns.txt")).text).toContain("30 days");
  });
});

/** Each attack, and whether it worked. The vulnerable form must give in, the patched one must not. */
const attacks: Record<string, (visit: Visitor, shop: Shop) => Promise<boolean>> = {
  "SQL injection in the search reads password hashes": async (visit) => {
    const term = "zzz%') UNION SELECT id,name,'x',1,1,password_hash FROM customers-- ";
    return /[0-9a-f]{48}/.test((await visit(`/search?q=${encodeURIComponent(term)}`)).text);
  },
  "SQL injection in the JSON API": async (visit) => {
    const reply = await visit(`/api/products?q=x&category=${encodeURIComponent("' OR 'a'='a")}`);
    return reply.status === 200 && JSON.parse(reply.text).products.length === 20;
  },
  "SQL injection in the sign-in": async (visit) => {
    await signIn(visit, "admin' -- ", "whatever");
    return (await visit("/account")).text.includes("owner@shop.example");
  },
  "path traversal in the download": async (visit) =>
    (await visit("/manuals/download?name=..%2Fsecret.txt")).text.includes("the-secret-of-the-shop"),
  "an absolute path in the download": async (visit) => {
    const path = encodeURIComponent(join(folders[0] ?? "", "secret.txt"));
    return (await visit(`/manuals/download?name=${path}`)).text.includes("the-secret-of-the-shop");
  },
  "command injection in the ping": async (visit) => {
    const reply = await visit("/partners/ping", form({ host: "127.0.0.1; echo it-is-$((6*7))" }));
    return reply.text.includes("it-is-42");
  },
  "markup reflected by the search": async (visit) =>
    (await visit(`/search?q=${encodeURIComponent("<script>alert(1)</script>")}`)).text.includes(
      "<script>alert(1)</script>",
    ),
  "markup stored in a comment": async (visit) => {
    await visit("/product/5/comments", form({ author: "x", text: "<img src=x onerror=alert(2)>" }));
    return (await visit("/product/5")).text.includes("<img src=x onerror=alert(2)>");
  },
  "an external entity in an order": async (visit) => {
    await signIn(visit, "mei", "茶葉-2024");
    const order = '<!DOCTYPE o [<!ENTITY x SYSTEM "secret.txt">]><order><line product="1"/><note>&x;</note></order>';
    return (await visit("/orders/import", { method: "POST", body: order })).text.includes("the-secret-of-the-shop");
  },
  "a forged form": async (visit) => {
    await signIn(visit, "siobhan", "green-Tea-42");
    const forged = { ...form({ email: "thief@evil.example" }), headers: { origin: "http://evil.example" } };
    await visit("/account", forged);
    return (await email(visit)) === "thief@evil.example";
  },
  "a stack trace in an error page": async (visit) => {
    const broken = { method: "POST", headers: { "content-type": "application/json" }, body: "{" };
    return /\n\s+at .*order-pages/.test((await visit("/api/basket", broken)).text);
  },
};

describe.each(Object.entries(attacks))("%s", (_name, attack) => {
  test.each([
    ["vulnerable", true],
    ["patched", false],
  ] as const)("%s: works is %s", async (variant, works) => {
    expect(await attack(createVisitor(shops[variant]), shops[variant])).toBe(works);
  });
});

test.each([
  ["the right token from another origin", true, "http://evil.example"],
  ["the right origin without the token", false, "own"],
])("patched shop refuses a form with %s", async (_why, withToken, origin) => {
  const visit = createVisitor(shops.patched);
  await signIn(visit, "siobhan", "green-Tea-42");
  const token = /name="token" value="(\w+)"/.exec((await visit("/account")).text)?.[1] ?? "";
  const headers = { origin: origin === "own" ? shops.patched.origin : origin };
  const reply = await visit("/account", { ...form({ token: withToken ? token : "", email: "a@b" }), headers });
  expect(reply.status).toBe(403);
});

describe("what even the vulnerable shop does not do", () => {
  test("hand its owner's environment to a command", async () => {
    process.env.SHOP_TEST_SECRET = "of-the-owner";
    const reply = await createVisitor(shops.vulnerable)("/partners/ping", form({ host: "; env" }));
    delete process.env.SHOP_TEST_SECRET;
    expect(reply.text).toContain("PATH=");
    expect(reply.text).not.toContain("of-the-owner");
  });

  test("fetch an entity over the network", async () => {
    const visit = createVisitor(shops.vulnerable);
    await signIn(visit, "bjorn", "smörgås!8");
    const order = `<!DOCTYPE o [<!ENTITY x SYSTEM "${shops.patched.origin}/">]><order><line product="1"/><note>&x;</note></order>`;
    const before = lines.length;
    expect((await visit("/orders/import", { method: "POST", body: order })).status).toBe(502);
    expect(lines.slice(before)).toHaveLength(1);
  });
});

test("the patched shop follows no link out of the manuals folder, and says which scripts may run", async () => {
  symlinkSync(join(folders[1] ?? "", "secret.txt"), join(folders[1] ?? "", "manuals", "link.txt"));
  const visit = createVisitor(shops.patched);
  expect((await visit("/manuals/download?name=link.txt")).status).toBe(404);
  expect((await visit("/")).headers.get("content-security-policy")).toContain("script-src 'self'");
});

test("a body over 256 KiB is refused", async () => {
  const reply = await createVisitor(shops.vulnerable)(
    "/product/1/comments",
    form({ author: "x", text: "a".repeat(300_000) }),
  );
  expect(reply.status).toBe(413);
});

describe("who may enter", () => {
  const ask = (shop: Shop, headers: Record<string, string>, path = "/") =>
    new Promise<number>((resolve, reject) => {
      const { port } = new URL(shop.origin);
      http
        .get({ host: "127.0.0.1", port, path, headers }, (reply) => resolve(reply.resume().statusCode ?? 0))
        .on("error", reject);
    });

  test.each(["vulnerable", "patched"] as const)("%s: only with the key and by the loopback name", async (variant) => {
    const shop = shops[variant];
    const key = { "x-shop-key": shop.key };
    expect(await ask(shop, key)).toBe(200);
    expect(await ask(shop, {}, `/?shop_key=${shop.key}`)).toBe(200);
    expect(await ask(shop, { cookie: `shop_key=${shop.key}` })).toBe(200);
    expect(await ask(shop, {})).toBe(403);
    expect(await ask(shop, { "x-shop-key": "0".repeat(32) })).toBe(403);
    expect(await ask(shop, { ...key, host: "rebound.example" })).toBe(403);
    expect(await ask(shop, {}, `/search?q=1&shop_key=${shop.key}`)).toBe(403);
  });

  test("it listens on loopback only, and a taken port is an error", async () => {
    const { port, hostname } = new URL(shops.vulnerable.origin);
    expect(hostname).toBe("127.0.0.1");
    const directory = mkdtempSync(join(tmpdir(), "shop-test-"));
    folders.push(directory);
    await expect(createShop({ variant: "patched", directory, port: Number(port) })).rejects.toThrow("EADDRINUSE");
  });
});

test("the access log has one line a request, and no request breaks out of its field", async () => {
  const visit = createVisitor(shops.patched);
  const before = lines.length;
  const headers = { "x-forwarded-for": "10.0.0.1, 203.0.113.7", "user-agent": 'a" 200 "b', referer: "http://x/\\" };
  await visit("/search?q=%22tea%22", { headers });
  expect(lines.slice(before)).toEqual([
    expect.stringMatching(
      /^203\.0\.113\.7 - - \[\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000\] "GET \/search\?q=%22tea%22 HTTP\/1\.1" 200 \d+ "http:\/\/x\/\\\\" "a\\" 200 \\"b"$/,
    ),
  ]);
});
