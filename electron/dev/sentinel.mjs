// `npm run -s sentinel -- COMMAND`: the command line from a checkout; installs and builds first when that is needed.
import { join } from "node:path";
import { become } from "./launch.mjs";
import { build, install, markRunning, node, root, say, startsWith } from "./prepare.mjs";

try {
  install();
  build();
  // npm changes to the project's folder; file names on the command line are meant from where it was typed.
  if (process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
  if (process.argv[2] === "serve") markRunning();
  become(node, [join(root, "out", "main", "headless.js"), ...process.argv.slice(2)], startsWith);
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}
