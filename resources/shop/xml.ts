import type { ImportedOrder } from "./operations.ts";

/** Markup with its entities replaced. `resolve` gives the text of a general entity, or null when it is unknown. */
export function expandEntities(text: string, resolve: (name: string) => string | null): string {
  const named: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
  return text.replace(/&(#x?[0-9a-fA-F]+|[\w.-]+);/g, (whole, name: string) => {
    if (name.startsWith("#")) {
      const code = name.startsWith("#x") ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    }
    return named[name] ?? resolve(name) ?? whole;
  });
}

/**
 * Reads `<order><line product="3" quantity="2"/>…<note>…</note></order>`. Anything else in the document is passed over; this is a
 * reader for one kind of document, not an XML parser.
 */
export function readOrder(xml: string, resolve: (name: string) => string | null): ImportedOrder {
  const lines = [];
  for (const match of xml.matchAll(/<line\s+([^<>]*?)\/?>/g)) {
    const attributes = new Map<string, string>();
    for (const [, name, double, single] of (match[1] ?? "").matchAll(/([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
      attributes.set(name ?? "", expandEntities(double ?? single ?? "", resolve));
    }
    const productId = Number(attributes.get("product"));
    const quantity = Number(attributes.get("quantity") ?? "1");
    if (Number.isSafeInteger(productId) && Number.isSafeInteger(quantity) && quantity > 0)
      lines.push({ productId, quantity });
  }
  const note = /<note>([\s\S]*?)<\/note>/.exec(xml)?.[1] ?? "";
  return { lines, note: expandEntities(note, resolve) };
}
