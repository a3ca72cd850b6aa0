/** For tests. A database of one node: every IPv4 address from 128.0.0.0 up is in New Zealand (MaxMind DB file format 2.0). */
export function tinyDatabase(): Buffer {
  const text = (value: string) => Buffer.concat([Buffer.from([0x40 | value.length]), Buffer.from(value)]);
  const number = (type: number, value: number) => {
    const bytes = Buffer.from(value.toString(16).padStart(8, "0"), "hex");
    return Buffer.concat([Buffer.from(type > 7 ? [0x04, type - 7] : [(type << 5) | 4]), bytes]);
  };
  const map = (...pairs: [string, Buffer][]) =>
    Buffer.concat([Buffer.from([0xe0 | pairs.length]), ...pairs.flatMap(([name, value]) => [text(name), value])]);
  const list = (...items: Buffer[]) => Buffer.concat([Buffer.from([items.length, 4]), ...items]);
  const record = map(["country", map(["iso_code", text("NZ")])], ["autonomous_system_number", number(6, 64_500)]);
  // Left record 1: not found. Right record 1 + 16: the data section's beginning.
  const tree = Buffer.from([0, 0, 1, 0, 0, 17]);
  const metadata = map(
    ["binary_format_major_version", number(5, 2)],
    ["binary_format_minor_version", number(5, 0)],
    ["build_epoch", number(9, 1)],
    ["database_type", text("Tiny")],
    ["description", map()],
    ["ip_version", number(5, 4)],
    ["languages", list(text("en"))],
    ["node_count", number(6, 1)],
    ["record_size", number(5, 24)],
  );
  return Buffer.concat([
    tree,
    Buffer.alloc(16),
    record,
    Buffer.from("abcdef", "hex"),
    Buffer.from("MaxMind.com"),
    metadata,
  ]);
}
