import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createXmlScanner } from "./xml-scanner.ts";

/** What is told, in words; pieces of one text are put together. */
function scan(
  xml: string | Buffer,
  size = 1e6,
  maxDepth = 5,
): { told: string; faults: number; stopped: string | null } {
  const told: string[] = [];
  let faults = 0;
  let texting = "";
  const flush = () => {
    if (texting !== "") told.push(JSON.stringify(Buffer.from(texting, "latin1").toString()));
    texting = "";
  };
  const scanner = createXmlScanner(
    {
      open(name, attributes, start, end) {
        flush();
        told.push(`<${[name, ...[...attributes].map(([n, v]) => `${n}=${v}`)].join(" ")}>${start}-${end}`);
      },
      close(name, end) {
        flush();
        told.push(`</${name}>${end}`);
      },
      text(bytes) {
        texting += bytes;
      },
      fault() {
        faults++;
      },
    },
    { maxDepth, record: "r" },
  );
  const bytes = Buffer.from(xml as string);
  for (let at = 0; at < bytes.length; at += size) scanner.push(bytes.subarray(at, at + size));
  flush();
  return { told: told.join(" "), faults, stopped: scanner.stopped };
}

describe("createXmlScanner", () => {
  test.each<[string, string, string, number]>([
    ["elements, attributes, text", `<a b='1' c = "&lt;x">t</a>`, '<a b=1 c=<x>0-21 "t" </a>26', 0],
    ["an empty element", "<a><b/></a>", "<a>0-3 <b>3-7 </b>7 </a>11", 0],
    ["CDATA, with what looks like its end", "<a><![CDATA[<x>]]&]]]></a>", '<a>0-3 "<x>]]&]" </a>26', 0],
    ["references", "<a>&amp;&#65;&#x1F600;&apos;</a>", '<a>0-3 "&A\ud83d\ude00\'" </a>32', 0],
    ["line ends as they are", "<a>\r\n</a>", '<a>0-3 "\\r\\n" </a>9', 0],
    ["comments and instructions", "<?xml version='1.0'?><!-- <x> --><a><!----><?p ?></a>", "<a>33-36 </a>53", 0],
    [
      "a document type",
      '<!DOCTYPE a [<!ELEMENT a (b*)> <!-- don\'t > --> <!ATTLIST a c CDATA "]>">]><a/>',
      "<a>75-79 </a>79",
      0,
    ],
    ["a byte order mark", "\ufeff<a/>", "<a>3-7 </a>7", 0],
    [
      "a reference to nothing, as it stands",
      "<a>&lol;&#0;&#xD800;&constructor;& &amp</a>",
      '<a>0-3 "&lol;&#0;&#xD800;&constructor;& &amp" </a>43',
      6,
    ],
    ["elements closed in the wrong order", "<a><b><c></b></a></z>", "<a>0-3 <b>3-6 <c>6-9 </c>13 </b>13 </a>17", 2],
    ["a tag cut off by the next", '<a><b c="x<d/></a>', "<a>0-3 <d>10-14 </d>14 </a>18", 1],
    ["an attribute twice, and one without a value", '<a b="1" b="2" c></a>', "<a b=2>0-17 </a>21", 2],
    [
      "attributes with the names of JavaScript's own",
      '<a hasOwnProperty="1" __proto__="2"/>',
      "<a hasOwnProperty=1 __proto__=2>0-37 </a>37",
      0,
    ],
    [
      "a record within a record",
      "<a><r><x><r>1</r></a>",
      '<a>0-3 <r>3-6 <x>6-9 </x>9 </r>9 <r>9-12 "1" </r>17 </a>21',
      2,
    ],
    [
      "elements deeper than allowed",
      "<a><a><a><a><a><a><a>x</a></a></a></a></a>",
      '<a>0-3 <a>3-6 <a>6-9 <a>9-12 <a>12-15 "x" </a>26 </a>30 </a>34 </a>38 </a>42',
      2,
    ],
    ["a declaration that is none", "<a><!x></a>", '<a>0-3 "x>" </a>11', 1],
  ])("tells %s, in pieces of any size", (_why, xml, told, faults) => {
    for (const size of [1, 2, 5, 1e6]) expect(scan(xml, size)).toEqual({ told, faults, stopped: null });
  });

  test.each([
    ["billion laughs", '<!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;&l;">]><a>&m;</a>'],
    ["an external entity", '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
    ["an external document type", '<!DOCTYPE a SYSTEM "http://evil.example/a.dtd"><a/>'],
    ["a public one", '<!DOCTYPE a PUBLIC "-//x" "http://evil.example/a.dtd"><a/>'],
    ["a parameter entity", "<!DOCTYPE a [ %p; ]><a/>"],
    ["a declaration outside of a document type", '<!ENTITY l "lol"><a/>'],
  ])("stops at %s", (_why, xml) => {
    for (const size of [1, 1e6]) expect(scan(xml, size)).toMatchObject({ told: "", stopped: "entities" });
  });

  test("stops at a document type that does not end", () => {
    expect(scan(`<!DOCTYPE a [${"<!ELEMENT b (c)>".repeat(10_000)}]><a/>`)).toMatchObject({
      told: "",
      stopped: "too_long",
    });
  });

  test("bytes that are no UTF-8 stay what they are", () => {
    const texts: string[] = [];
    const ignore = () => {};
    const events = { open: ignore, close: ignore, fault: ignore, text: (bytes: string) => texts.push(bytes) };
    createXmlScanner(events, { maxDepth: 9, record: "r" }).push(Buffer.from("<a>\xe9\x00\xff&#233;</a>", "latin1"));
    expect(texts.join("")).toBe("\xe9\x00\xff\xc3\xa9");
  });

  test("any bytes are survived, in pieces as at once", () => {
    const part = fc.constantFrom(
      "<a>",
      "</a>",
      "<r ",
      "<!--",
      "-->",
      "<![CDATA[",
      "]]>",
      "&",
      ";",
      "<?",
      "?>",
      "'",
      '"',
      "x",
      "<!DOCTYPE ",
      "[",
      ">",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), fc.integer({ min: 1, max: 20 }), (parts, size) => {
        expect(scan(parts.join(""), size)).toEqual(scan(parts.join("")));
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    "<",
    "<!--",
    "<?",
    "<![CDATA[",
    "&",
    "<a '",
    "<a ",
    "</a>",
    "<a>",
    "<!",
    "]]",
    " a='1'",
    '"',
    "&#233;",
    "<r>",
    "<!DOCTYPE ",
  ])("half a megabyte of %j takes no time to speak of", (unit) => {
    const ignore = () => {};
    const events = { open: ignore, close: ignore, text: ignore, fault: ignore };
    // Processor time: others may be busy.
    const before = process.cpuUsage().user;
    for (const begin of ["", "<x>", "<x><y "]) {
      const scanner = createXmlScanner(events, { maxDepth: 512, record: "r" });
      scanner.push(Buffer.from(begin));
      scanner.push(Buffer.alloc(512 * 1024, unit));
    }
    expect(process.cpuUsage().user - before).toBeLessThan(4e6);
  });
});
