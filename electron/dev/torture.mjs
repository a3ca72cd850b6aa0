// `npm run torture`: the randomised and fault-injection suites at full count. TORTURE multiplies the small count of `npm test`.
import { join } from "node:path";
import { become } from "./launch.mjs";
import { install, node, root } from "./prepare.mjs";

install();
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
become(node, [vitest, "run", "--testTimeout=3600000", ...process.argv.slice(2)], {
  TORTURE: process.env.TORTURE ?? "100",
});
