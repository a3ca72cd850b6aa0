import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findSecrets, isCardNumber, isPlainToken, isSecretName, mask, maskText, uncoverAttacks } from "./secrets.ts";

const m = maskText;
const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N";
/** Put together here, so that no scanner takes this file for a leak. */
const awsKey = `AKIA${"IOSFODNN7EXAMPLE"}`;
const stripeKey = `sk_${"live"}_4eC39HqLyjWDarjtT1zdp7dc`;

describe("mask", () => {
  test.each([
    [
      "GET / HTTP/1.1\r\nAuthorization: Basic dXNlcjpwYXNz\r\nA: b\r\n\r\n",
      `GET / HTTP/1.1\r\nAuthorization: Basic ${m}\r\nA: b\r\n\r\n`,
    ],
    [
      "GET / HTTP/1.1\r\nCookie: lang=en; PHPSESSID=abc\r\n\r\n",
      `GET / HTTP/1.1\r\nCookie: lang=en; PHPSESSID=${m}\r\n\r\n`,
    ],
    [
      "HTTP/1.1 200 OK\nSet-Cookie: sid=abc; Path=/; HttpOnly\n\n",
      `HTTP/1.1 200 OK\nSet-Cookie: sid=${m}; Path=/; HttpOnly\n\n`,
    ],
    ["GET /?a=1&api_key=k123&b=2 HTTP/1.1\n\n", `GET /?a=1&api_key=${m}&b=2 HTTP/1.1\n\n`],
    ["POST / HTTP/1.1\n\nuser=ada&password=h%40nter2&next=/", `POST / HTTP/1.1\n\nuser=ada&password=${m}&next=/`],
    ["POST / HTTP/1.1\n\nuser[password]=x1", `POST / HTTP/1.1\n\nuser[password]=${m}`],
    ['{"user":"ada","password":"a\\"b","n":1}', `{"user":"ada","password":"${m}","n":1}`],
    ['{"newPassword": "x", "pin": 1234}', `{"newPassword": "${m}", "pin": ${m}}`],
    [
      '--X\r\nContent-Disposition: form-data; name="password"\r\n\r\nhunter2\r\n--X--',
      `--X\r\nContent-Disposition: form-data; name="password"\r\n\r\n${m}\r\n--X--`,
    ],
    ["<u><password>x</password></u>", `<u><password>${m}</password></u>`],
    [`see ${jwt} there`, `see ${m} there`],
    [`id=${awsKey}`, `id=${m}`],
    [`q=a%20${jwt}&k%3D${awsKey}`, `q=a%20${m}&k%3D${m}`],
    ["text=my+card+4111+1111+1111+1111+ok%204111%201111%201111%201111", `text=my+card+${m}+ok%20${m}`],
    [`k ${stripeKey}`, `k ${m}`],
    ["card 4111 1111 1111 1111.", "card 4111 1111 1111 1111."],
    ["card 4111 1111 1111 1111 ok", `card ${m} ok`],
    ["-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\nx", `${m}\nx`],
    ["-----BEGIN PRIVATE KEY-----\nabc", m],
    ["X-Api-Key: abc\n\n", `X-Api-Key: ${m}\n\n`],
  ])("%j", (text, want) => {
    expect(mask(text)).toBe(want);
  });

  test.each([
    "GET /products?id=1&page=2&sort=name HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: Mozilla/5.0\r\n\r\n",
    '{"id":12345,"name":"A pass for the museum","compass":"north"}',
    "the password is asked for at every visit",
    "order 4111111111111112 and 1700000000000",
    "q=select+*+from+users",
    "Cookie: theme=dark\n\n",
    "keyboard=1&monkey=2&spinning=3&tokens=4",
  ])("leaves %j alone", (text) => {
    expect(mask(text)).toBe(text);
  });

  test("spans are in order, apart, and inside; nothing throws or takes long", () => {
    const piece = fc.constantFrom(
      "password=",
      '"token":"',
      "Cookie: a=",
      "; sid=",
      "&",
      "\r\n",
      "\r\n\r\n",
      jwt,
      "4111111111111111",
      "'",
      '"',
      "\\",
      "x",
      'name="pwd"',
      "<pin>",
      "</pin>",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join("");
        let last = 0;
        for (const { start, end } of findSecrets(text)) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(text.length);
          last = end;
        }
      }),
      { numRuns: 300 * Number(process.env.TORTURE ?? 1) },
    );
  });

  test.each([
    '"',
    "\\",
    "a=",
    "1 ",
    "1-1-",
    "eyJ",
    "-----BEGIN PRIVATE KEY-----",
    'name="a"\n',
    "<a>",
    "A".repeat(90),
    "\r\na: b",
    'name="a"\r\n\r\n',
    'name="a";',
  ])("200 KB of %j in time", (piece) => {
    const started = performance.now();
    findSecrets(piece.repeat(200_000 / piece.length));
    expect(performance.now() - started).toBeLessThan(4000);
  });
});

describe("uncoverAttacks", () => {
  test("shows an attack in a password field, and only it", () => {
    const text = "password=' OR 1=1--&token=abc";
    const end = text.indexOf("&");
    expect(mask(text, uncoverAttacks(findSecrets("password='+OR+1=1--&token=abc"), [{ start: 9, end }]))).toBe(
      `password=' OR 1=1--&token=${m}`,
    );
  });

  test("keeps a key masked even inside an attack", () => {
    const text = `password=${jwt}'--`;
    expect(mask(text, uncoverAttacks(findSecrets(text), [{ start: 9, end: text.length }]))).toBe(`password=${m}'--`);
  });

  test("an attack beside a secret uncovers nothing", () => {
    const text = "q='--&password=x";
    expect(mask(text, uncoverAttacks(findSecrets(text), [{ start: 2, end: 5 }]))).toBe(`q='--&password=${m}`);
  });
});

test.each([
  ["password", true],
  ["user_password", true],
  ["newPassword", true],
  ["access_token", true],
  ["csrf-token", true],
  ["compass", false],
  ["passenger", false],
  ["author", false],
  ["assigned", false],
])("isSecretName %s: %s", (name, want) => {
  expect(isSecretName(name)).toBe(want);
});

test.each([
  ["4111111111111111", true],
  ["5555555555554444", true],
  ["378282246310005", true],
  ["4111111111111112", false],
  ["1234567890123452", false],
])("isCardNumber %s: %s", (digits, want) => {
  expect(isCardNumber(digits)).toBe(want);
});

test.each([
  ["5f9e1c77aa", true],
  ["Bearer abc.def-123_x==", true],
  ["clara:hunter2", true],
  ["", true],
  ["' OR 1=1", false],
  ["<b>", false],
  ["../../etc/passwd", false],
  ["/etc/passwd", false],
  ["a;id", false],
  ["two or more words", false],
])("%j is a plain token: %s", (text, want) => {
  expect(isPlainToken(text)).toBe(want);
});
