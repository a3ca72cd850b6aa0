import { createHash, randomBytes } from "node:crypto";
import { createReadStream, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { Release, type ReleaseFile, releaseName } from "../../shared/release.ts";
import { modelKey, signStatement } from "../engine/learn/registry/model-signature.ts";
import { productVersion } from "../entries.ts";

// `npm run sign-release -- --key FILE [--notes FILE] PACKAGE…`: writes the signed `update.json` beside what `npm run package` made.
// `npm run sign-release -- --new-key FILE`: makes the key, once; what it prints goes into resources/update-key.txt before packaging.

const { values, positionals } = parseArgs({
  options: { key: { type: "string" }, "new-key": { type: "string" }, notes: { type: "string" } },
  allowPositionals: true,
});
const say = (line: string) => process.stdout.write(`${line}\n`);

if (values["new-key"] !== undefined) {
  const seed = randomBytes(32);
  // SECURITY: nobody else may read it, and no key is overwritten.
  writeFileSync(values["new-key"], `${seed.toString("base64")}\n`, { mode: 0o600, flag: "wx" });
  say(modelKey(seed));
} else if (values.key === undefined || positionals.length === 0) {
  throw new Error("Name the key's file, --key FILE, and what is signed.");
} else {
  const seed = readSeed(values.key);
  const release = Release.parse({
    version: productVersion,
    released_at: new Date().toISOString(),
    notes: values.notes === undefined ? "" : readFileSync(values.notes, "utf8").trim(),
    files: await Promise.all(positionals.map(describe)),
  });
  const path = join(dirname(positionals[0]!), releaseName);
  const signed = { release, signature: signStatement(seed, "sentinel-release", release) };
  writeFileSync(path, `${JSON.stringify(signed, null, 2)}\n`);
  say(`${path}: version ${release.version}, signed with ${modelKey(seed)}`);
}

/** The 32 bytes of a key, in base64. */
function readSeed(path: string): Buffer {
  // SECURITY: a key that others can read is no key.
  if (process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0) {
    throw new Error(`${path} can be read by others: chmod 600.`);
  }
  const seed = Buffer.from(readFileSync(path, "utf8").trim(), "base64");
  if (seed.length !== 32) throw new Error(`${path} holds no key: 32 bytes in base64.`);
  return seed;
}

/** What a package is, by the name that electron-builder gave it. */
async function describe(path: string): Promise<ReleaseFile> {
  const name = basename(path);
  const platform = /\.(?:AppImage|deb)$/.test(name) ? "linux" : /\.(?:dmg|zip)$/.test(name) ? "darwin" : "win32";
  if (platform === "win32" && !name.endsWith(".exe")) throw new Error(`${name}: no package is called so.`);
  // A name that says another version was packaged before the version was raised.
  if (!name.includes(productVersion)) throw new Error(`${name} is not of version ${productVersion}.`);
  // Those that a changed configuration may make: said to be for x64 they would be offered where they do not run, or run worse.
  if (/ia32|i386|armv7l|armhf|universal/.test(name)) throw new Error(`${name}: packages are for x64 or arm64.`);
  const hash = createHash("sha512");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  const arch = /arm64|aarch64/.test(name) ? "arm64" : "x64";
  return { platform, arch, name, bytes: statSync(path).size, sha512: hash.digest("hex") };
}
