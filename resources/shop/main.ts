import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createShop } from "./shop.ts";

const [variant = "patched", port = "0"] = process.argv.slice(2);
if (variant !== "vulnerable" && variant !== "patched") {
  console.error("usage: node resources/shop/main.ts [vulnerable|patched] [port]");
  process.exit(2);
}
const directory = mkdtempSync(join(tmpdir(), "shop-"));
const shop = await createShop({ variant, directory, port: Number(port), log: (line) => console.log(line) });
console.log(`The ${variant} shop is at ${shop.origin}/?shop_key=${shop.key}`);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    await shop.close();
    rmSync(directory, { recursive: true, force: true });
    process.exit(0);
  });
}
