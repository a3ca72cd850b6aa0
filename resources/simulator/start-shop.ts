import { createShop } from "../shop/shop.ts";

/** Starts the shadow shop and says where it is: the first line of its output. */
const [variant, directory] = process.argv.slice(2);
if ((variant !== "vulnerable" && variant !== "patched") || directory === undefined) {
  throw new Error("usage: start-shop.ts vulnerable|patched FOLDER");
}
const { origin, key } = await createShop({ variant, directory, port: 0 });
process.stdout.write(`${JSON.stringify({ origin, key })}\n`);
