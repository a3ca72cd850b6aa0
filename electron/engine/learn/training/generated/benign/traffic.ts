import type { Random } from "../../random.ts";
import { alphanumeric, anyWord, createExpander, type Grammar, hex } from "../grammar.ts";
import { uuid, wordGrammar } from "./words.ts";

/** What browsers and applications send of themselves: headers, cookies, tokens, URLs, filters, JSON, GraphQL. */
const base64 = (r: Random, bytes: number) => {
  const data = Buffer.alloc(bytes);
  for (let i = 0; i < bytes; i++) data[i] = r.below(256);
  return data;
};
const jwt = (r: Random) => {
  const header = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString("base64url");
  const body = Buffer.from(
    JSON.stringify({
      sub: String(r.between(1, 99999)),
      name: anyWord(r),
      iat: r.between(1600000000, 1800000000),
      roles: [anyWord(r)],
    }),
  ).toString("base64url");
  return `${header}.${body}.${base64(r, 32).toString("base64url")}`;
};
function json(r: Random, depth: number): unknown {
  const kind = r.below(depth > 2 ? 6 : 9);
  if (kind < 2) return anyWord(r);
  if (kind === 2) return r.between(-10, 100000);
  if (kind === 3) return r.pick([true, false, null, 0.5, r.next(), "", `${anyWord(r)} ${anyWord(r)}`]);
  if (kind === 4)
    return traffic.expand(r, r.pick(["identifier", "date", "person", "email", "url", "sentence", "path"]));
  if (kind === 5) return `${anyWord(r)}_${anyWord(r)}`;
  if (kind === 6) return Array.from({ length: r.below(5) }, () => json(r, depth + 1));
  const entries = Array.from({ length: r.between(1, 6) }, () => [
    r.pick([
      anyWord(r),
      `${anyWord(r)}_id`,
      `${anyWord(r)}${anyWord(r)[0]!.toUpperCase()}x`,
      `@${anyWord(r)}`,
      `$${anyWord(r)}`,
      anyWord(r),
    ]),
    json(r, depth + 1),
  ]);
  return Object.fromEntries(entries);
}

const grammar: Grammar = {
  ...wordGrammar,
  version: (r) => `${r.between(1, 140)}.${r.below(10)}.${r.below(9999)}.${r.below(200)}`,
  userAgent:
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/‹version› Safari/537.36\nMozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/‹version› Safari/537.36\nMozilla/5.0 (Macintosh; Intel Mac OS X 10_15_‹n›) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/‹nn›.‹n› Safari/605.1.15\nMozilla/5.0 (iPhone; CPU iPhone OS ‹nn›_‹n› like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/‹nn›.0 Mobile/15E148 Safari/604.1\nMozilla/5.0 (Linux; Android ‹nn›; SM-G‹nnn›F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/‹version› Mobile Safari/537.36\nMozilla/5.0 (Windows NT 10.0; Win64; x64; rv:‹nnn›.0) Gecko/20100101 Firefox/‹nnn›.0\nMozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)\ncurl/‹n›.‹nn›.‹n›\npython-requests/2.‹nn›.‹n›\nGo-http-client/1.1\nMozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0; SLCC2; .NET CLR 2.0.50727)\nMozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:‹nn›.0) Gecko/20100101 Firefox/‹nn›.0\nOpera/9.80 (Windows NT 6.1; U; en) Presto/2.‹n›.‹nnn› Version/11.‹nn›\nPostmanRuntime/7.‹nn›.‹n›\nokhttp/4.‹n›.‹n›\n‹W›Bot/‹n›.‹n› (+https://‹word›.com/bot; ‹word›@‹word›.com)\nMozilla/5.0 (iPad; U; CPU OS 3_2 like Mac OS X; en-us) AppleWebKit/531.21.10\nJava/1.8.0_‹nnn›\nApache-HttpClient/4.5.‹n› (Java/‹nn›.0.‹n›)",
  accept:
    'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7\n*/*\napplication/json, text/plain, */*\nimage/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8\ntext/css,*/*;q=0.1\napplication/json; charset=utf-8\ntext/html, */*; q=0.01\ngzip, deflate, br, zstd\ngzip, deflate\nen-US,en;q=0.9,de;q=0.8\nfr-FR,fr;q=0.8,en-US;q=0.5,en;q=0.3\n‹letter›‹letter›-‹country›,‹letter›‹letter›;q=0.9\nutf-8, iso-8859-1;q=0.5, *;q=0.1\napplication/x-www-form-urlencoded; charset=UTF-8\napplication/json;charset=UTF-8\nmultipart/form-data; boundary=----WebKitFormBoundary‹token›\ntext/xml; charset=utf-8\napplication/vnd.api+json\napplication/graphql-response+json, application/graphql+json;q=0.9\ntext/event-stream\napplication/problem+json;q=0.9,*/*;q=0.5\napplication/x-ndjson\nmultipart/mixed; boundary="‹token›"',
  token: (r) => alphanumeric(r, r.between(12, 32)),
  header:
    '‹userAgent›\n‹userAgent›\n‹accept›\n‹accept›\n‹accept›\n"Chromium";v="‹nnn›", "Google Chrome";v="‹nnn›", "Not?A_Brand";v="24"\n"Not)A;Brand";v="8", "Chromium";v="‹nnn›", "Microsoft Edge";v="‹nnn›"\n" Not;A Brand";v="99", "Chromium";v="‹nn›"\n"Not(A:Brand";v="99", "HeadlessChrome";v="‹nnn›", "Chromium";v="‹nnn›"\n"Not/A)Brand";v="8"\n?0\n?1\n"Windows"\n"Linux"\n"macOS"\n""\nsame-origin\ncors\nnavigate\ndocument\nempty\nkeep-alive\nno-cache\nmax-age=0\nno-cache, no-store, must-revalidate\n1\ntrailers\nXMLHttpRequest\nW/"‹hex›-‹hex›"\n"‹hex›-‹hex›"\n"‹hex›", W/"‹hex›"\nbytes=0-\nbytes=‹nnn›-‹nnnn›\nMon, 0‹n› Jan 20‹nn› 0‹n›:‹nn›:‹nn› GMT\n00-‹trace›-01\nBasic ‹b64›\nBearer ‹jwt›\nBearer ‹token›\nToken ‹token›\n‹ip›\n‹ip›, ‹ip›\n‹ip›:‹nnnn›\nlocalhost:‹nnnn›\n127.0.0.1:‹nnnn›\n‹word›.com\nwww.‹word›.org:443\nfor=‹ip›;proto=https;by=‹ip›\n1.1 ‹word› (squid/4.‹n›)\nhttps\nhttp/1.1\nu=1, i\nu=0\nh2c\nwebsocket\n13\n‹b64›\npermessage-deflate; client_max_window_bits\n‹url›\n‹url›\n‹local›\n‹local›\nhttps://‹word›.com\nhttp://localhost:‹nnnn›\nhttp://127.0.0.1:‹nnnn›\n8\n100\n4g\n"x86"\n"‹version›"\nprefers-color-scheme: dark\n100-continue\nform-data; name="‹word›"; filename="‹word›.‹ext›"\nattachment; filename*=UTF-8\'\'‹word›%20‹word›.pdf\nAWS4-HMAC-SHA256 Credential=‹token›/20‹nn›0101/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=‹hex›\nDigest username="‹word›", realm="‹word›", nonce="‹hex›", uri="/‹word›", response="‹hex›"\n{"v":[0,1],"d":{"ty":"Browser","ac":"‹nnnn›","id":"‹hex›"}}\n|‹hex›.‹hex›.\n‹identifier›\n#text/html, */*\nspdx\nget\nGET, POST, OPTIONS\ncontent-type,x-csrf-token\nWebKitFormBoundary‹token›\n<‹url›>; rel="canonical"',
  trace: (r) => `${hex(r, 32)}-${hex(r, 16)}`,
  b64: (r) => base64(r, r.between(8, 90)).toString("base64"),
  blob: (r) => base64(r, r.between(30, 400)).toString(r.pick(["base64", "base64url", "hex"])),
  textBlob: (r) =>
    Buffer.from(traffic.expand(r, r.pick(["jsonText", "sentence", "person", "url", "search"]))).toString(
      r.pick(["base64", "base64url", "hex"]),
    ),
  dataUrl: (r) => {
    const isText = r.chance(0.6);
    const type = isText
      ? r.pick([
          "text/plain",
          "text/plain;charset=utf-8",
          "text/csv",
          "text/markdown",
          "application/json",
          "text/calendar",
        ])
      : r.pick(["image/png", "image/jpeg", "image/webp", "application/pdf", "font/woff2", "application/octet-stream"]);
    const content = isText
      ? Buffer.from(Array.from({ length: r.between(1, 6) }, () => traffic.expand(r, "sentence")).join("\n"))
      : base64(r, r.between(30, 400));
    return `data:${type};base64,${content.toString("base64")}`;
  },
  jwt,
  uuid,
  ext: "jpg\npng\npdf\ndocx\nxlsx\ncsv\ntxt\nhtml\njs\ncss\nsvg\nzip\ntar.gz\nmp4\njson\nxml\nphp\naspx\nmd\nyml\nwoff2\nmin.js\nd.ts",
  host: "www.‹word›.com\n‹word›.‹word›.org\n‹word›.co.uk\n‹word›-‹word›.io\ncdn.‹word›.net\n‹word›.de\nlocalhost:‹nnnn›\n127.0.0.1:‹nnnn›\nexample.com\n‹word›.‹word›.gov.‹letter›‹letter›\n‹ip›\nshop.‹word›.fr\napi.‹word›.dev\n192.168.‹n›.‹nn›:‹nnnn›\ndev.‹word›.local",
  segment:
    "‹word›\n‹word›\n‹word›-‹word›\n‹word›_‹word›\n‹nn›\n‹uuid›\napi\nv1\nadmin\n‹word›.‹ext›\n‹word›-‹word›-‹word›-‹nn›\n%E4%B8%AD%E6%96%87\n‹word›%20‹word›\n~‹word›\n@‹word›\n‹date›\n‹nnnn›\nwiki\nedit\n‹W›\n‹W›_(‹word›)\n‹hex›\nindex.php\nuser\nconfig.js\netc\nvar\ntmp\nbin\nfile\nstatic\nassets\n‹word›.‹hex›.‹ext›\n‹word›:‹word›\n‹W›:‹W›_‹word›\n‹word›,‹word›\n‹word›;v=‹n›\n‹word›+‹word›\n...\nC%2B%2B\nlogin",
  path: "/‹segment›\n/‹segment›/‹segment›\n/‹segment›/‹segment›/‹segment›\n/‹segment›/‹segment›/‹segment›/‹segment›\n‹segment›/‹segment›\n./‹segment›/‹segment›\n../‹word›/‹word›.‹ext›\n../‹word›\n/usr/share/‹word›/‹word›.‹ext›\n/home/‹word›/‹word›/‹word›.‹ext›\n/var/www/‹word›/‹word›.‹ext›\nC:\\Users\\‹first›\\Documents\\‹word›.‹ext›\nC:\\fakepath\\‹word›.‹ext›\n\\\\‹word›\\share\\‹word›.‹ext›\n~/‹word›/‹word›\n‹word›.‹ext›\n‹word› ‹word› (‹n›).‹ext›\n‹word›-‹date›.‹ext›\n‹W› ‹W› - ‹nn›.‹ext›\n/‹segment›/\n/tmp/‹word›-‹nnnn›.‹ext›\nsrc/‹word›/‹word›.‹ext›\n‹word›/‹word›/../‹word›\n@/‹word›/‹word›\n/opt/‹word›/bin/‹word›\n.‹word›\n‹word›.‹word›.‹ext›",
  pairs:
    "‹word›=‹short›\n‹word›=‹short›&‹word›=‹short›\n‹word›_id=‹nn›&page=‹n›&sort=‹word›\nq=‹word›+‹word›&lang=en\nutm_source=‹word›&utm_medium=‹word›&utm_campaign=‹word›_‹nn›\n‹word›[]=‹nn›&‹word›[]=‹nn›\n‹word›[‹word›]=‹word›\nreturn=%2F‹word›%2F‹word›%3Fid%3D‹nn›\nnext=/‹word›/‹nn›\nredirect=https%3A%2F%2F‹word›.com%2F‹word›\nv=‹n›.‹n›.‹n›\nts=‹nnnn›‹nnnn›&sig=‹hex›\nfilter=‹word›:‹word›,‹word›:‹nn›\nfields=‹word›,‹word›,‹word›.‹word›\nw=‹nnn›&h=‹nnn›&fit=crop\nts=‹nnnn›&‹word›=on",
  url: "https://‹host›‹path›\nhttps://‹host›/\nhttps://‹host›\nhttp://‹host›/‹segment›/‹segment›\nhttps://‹host›/‹segment›?‹pairs›\nhttp://‹host›/‹segment›.‹ext›?‹pairs›\nhttps://‹host›/‹segment›/‹segment›?‹pairs›#‹word›\n/‹segment›?‹pairs›\n/‹segment›/‹segment›?‹pairs›\nhttps://‹host›/‹segment›#‹word›-‹word›\n//‹host›/‹segment›.‹ext›\nmailto:‹email›\ntel:+‹nnnn›‹nnnn›\nhttps://www.google.com/search?q=‹word›+‹word›&oq=‹word›\nhttps://‹host›/redirect?url=https%3A%2F%2F‹word›.com%2F‹word›%3Fa%3D‹n›%26b%3D‹n›\nftp://‹host›/pub/‹word›.‹ext›\nandroid-app://com.‹word›.‹word›\ndata:image/png;base64,‹b64›\nblob:https://‹host›/‹uuid›\nws://‹host›/‹word›\ngit@github.com:‹word›/‹word›.git\nhttps://github.com/‹word›/‹word›/blob/main/‹word›.‹ext›#L‹nn›\nhttps://‹word›.com/‹word›.txt\nhttp://‹word›.com/‹word›.php?id=‹nn›",
  local:
    "http://localhost:‹nnnn›‹path›\nhttp://127.0.0.1:‹nnnn›‹path›\nhttp://127.0.0.1:‹nnnn›/‹segment›?‹pairs›\nhttp://localhost:‹nnnn›/‹segment›/‹segment›?‹pairs›\nhttp://127.0.0.1:‹nnnn›/\nhttp://localhost/‹segment›\nhttps://localhost:8443/‹segment›\nhttp://192.168.‹n›.‹nn›/‹segment›\nhttp://[::1]:‹nnnn›/‹segment›",
  cookie:
    '‹identifier›\n‹identifier›\n‹token›\nGA1.2.‹nnnn›‹nnn›.‹nnnn›‹nnnn›\nGS1.1.‹nnnn›.‹n›.1.‹nnnn›.0.0.0\nfb.1.‹nnnn›‹nnnn›.‹nnnn›\n‹jwt›\ns%3A‹token›.‹token›%2F‹token›\n‹b64›\n%7B%22‹word›%22%3A%22‹word›%22%2C%22‹word›%22%3Atrue%7D\n‹jsonText›\nen\ndark\n1\n0\ntrue\n‹word›=‹nn›&‹word›=‹n›\n‹word›%3D‹word›%26‹word›%3D‹nn›\n‹word›|‹nn›|‹hex›\n‹nn›:‹hex›:‹nn›\n‹word›:‹nn›,‹word›:‹n›\n‹W›/‹City›\nEurope%2FBerlin\n%5B%22‹word›%22%2C‹n›%5D\n"‹word›-‹nn›"\n‹nnnn›‹nnnn›.‹nnn›\n‹hex›-‹hex›\nconsentid:‹token›,consent:yes,action:yes,necessary:yes\nisIABGlobal=false&datestamp=‹W›+‹W›+0‹n›+20‹nn›&version=6.‹n›.0&hosts=&groups=C0001%3A1%2CC0002%3A0\n1.‹nnnn›.‹nnnn›\n!‹b64›\n‹word›#‹nnnn›#‹hex›\ntab=‹word›; view=‹word›\n‹textBlob›\neyJ‹token›\n‹date›T‹clock›:00.000Z\n(‹word›)‹nn›\nB64:‹b64›\n‹token›|‹nnnn›|‹token›|‹hex›\nwp-‹word›=‹n›&libraryContent=browse&editor=tinymce&hidetb=1\n‹nn›*‹nn›*‹nn›\n+‹n›.‹n›/‹n›\n~‹hex›',
  City: (r) => anyWord(r),
  jsonText: (r) => JSON.stringify(json(r, 0), null, r.pick([0, 0, 0, 2])),
  graphql:
    "query { ‹word›(id: ‹nn›) { id ‹word› ‹word› { ‹word› } } }\nquery Get‹W›($id: ID!, $first: Int = 10) { ‹word›(id: $id) { edges { node { id ...‹W›Fields } } } }\nmutation Create‹W›($input: ‹W›Input!) { create‹W›(input: $input) { ‹word› { id } errors { message } } }\nfragment ‹W›Fields on ‹W› { id ‹word› ‹word›At }\nsubscription { ‹word›Added { id } }\n{ __typename ‹word› { id } }\nquery IntrospectionQuery { __schema { queryType { name } types { ...FullType } } }\nquery ‹W›($where: ‹W›Filter, $orderBy: [‹W›OrderBy!]) {␤  ‹word›(where: $where, orderBy: $orderBy) {␤    ‹word›␤    ‹word›␤  }␤}",
  filter:
    'price:‹nn›-‹nnn›\ncolor:red,blue;size:XL\n‹word› eq \'‹word›\' and ‹word› gt ‹nn›\n‹word› lt ‹nn›\ncontains(‹word›,\'‹word›\')\n$filter=‹word› eq ‹nn›\n‹word›:asc,‹word›:desc\n-‹word›,‹word›\n‹word› desc\n‹word›>=‹nn›\n[‹nn›,‹nnn›]\n{"‹word›":{"gte":‹nn›,"lte":‹nnn›}}\n‹word›~‹word›\n(‹word›:‹word› OR ‹word›:‹word›) AND -‹word›:‹nn›\ncategory=‹word›;brand=‹word›,‹word›\n‹word›__gte=‹nn›\n‹word›.‹word›.‹word›\n$.‹word›[?(@.price<‹nn›)]\n//‹word›[@id=\'‹word›\']\n‹nn›..‹nnn›\nproject = ‹word› AND status in (Open, "In Progress") ORDER BY created DESC\n‹word› like ‹word›\n[{"property":"‹word›","value":"‹word›"}]\nbounds=‹n›.‹nnn›,-‹nn›.‹nnn›,‹nn›.‹nnn›,‹n›.‹nnn›\n‹word›(‹nn›,‹nn›)\nselect=‹word›,‹word›&order=‹word›.desc\neq.‹nn›\nin.(‹nn›,‹nn›)\n‹word›:*\n*:*\n‹W›.objects.all()\nsum(rate(http_requests_total{job="‹word›"}[5m])) by (‹word›)\n{app="‹word›"} |= "‹word›" | json',
};

export const traffic = createExpander(grammar);
