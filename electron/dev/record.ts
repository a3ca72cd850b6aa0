import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createShop } from "../../resources/shop/shop.ts";
import { attackFlows } from "./record/attack-flows.ts";
import { launchBrowser } from "./record/browser.ts";
import { honestFlows } from "./record/honest-flows.ts";
import { type Entry, findAttack, formatRecording, readEntries } from "./record/recording.ts";
import { type Flow, type PlantedAttack, playFlow } from "./record/visitor.ts";

/**
 * `npm run record`: drives the vulnerable shop with a real Chromium and writes the sample evidence to resources/samples: HAR files, the
 * shop's own access log of the same visits, and a manifest that says which requests are attacks.
 */

/** The port shows in every recorded URL: always the same one. */
const port = 8790;
const root = join(import.meta.dirname, "../..");
const samples = join(root, "resources/samples");

interface ManifestAttack extends PlantedAttack {
  /** Index of the entry in the HAR file, or line number from 1 in the log. */
  readonly entry: number;
}

async function record(): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), "record-"));
  const shopFolder = join(work, "shop");
  const lines: string[] = [];
  const shop = await createShop({
    variant: "vulnerable",
    directory: shopFolder,
    port,
    log: (line) => lines.push(line),
  });
  const browser = await launchBrowser();
  const folders = [
    [shopFolder, "/var/lib/teahouse"],
    [root, "/srv/teahouse"],
  ] as const;
  const files = new Map<
    string,
    { entries: Entry[]; attacks: PlantedAttack[]; sessions: { name: string; about: string }[] }
  >();
  try {
    // One file after the other; the visits of one file at the same time, as a recording proxy would see them.
    const flows: readonly Flow[] = [...honestFlows, ...attackFlows];
    for (const name of new Set(flows.map((flow) => flow.file))) {
      const visits = flows.filter((flow) => flow.file === name);
      const played = await Promise.all(
        visits.map((flow) => playFlow(browser, flow, shop, join(work, `${flow.name}.har`))),
      );
      files.set(name, {
        entries: played.flatMap(({ harFile, programEntries }) => [
          ...readEntries(readFileSync(harFile, "utf8"), folders),
          ...readEntries(JSON.stringify({ log: { version: "1.2", creator: {}, entries: programEntries } }), folders),
        ]),
        attacks: played.flatMap(({ attacks }) => attacks),
        sessions: visits.map(({ name, about }) => ({ name, about })),
      });
      console.log(`${name}: ${files.get(name)?.entries.length} requests, ${files.get(name)?.attacks.length} attacks`);
    }
  } finally {
    await browser.close();
    await shop.close();
    rmSync(work, { recursive: true, force: true });
  }

  mkdirSync(samples, { recursive: true });
  for (const old of readdirSync(samples)) if (/\.(har|log|json)$/.test(old)) rmSync(join(samples, old));
  const manifest = [];
  const planted = [...files.values()].flatMap((file) => file.attacks);
  for (const [name, { entries, attacks, sessions }] of files) {
    const text = formatRecording(entries);
    writeFileSync(join(samples, name), text);
    const ordered = readEntries(text, []);
    manifest.push({
      file: name,
      kind: "har",
      requests: entries.length,
      sessions,
      attacks: locate(name, ordered, attacks),
    });
  }
  writeFileSync(join(samples, "access.log"), `${lines.join("\n")}\n`);
  const everyone = [...honestFlows, ...attackFlows].map(({ name, about, address }) => ({ name, about, address }));
  manifest.push({
    file: "access.log",
    kind: "access_log",
    requests: lines.length,
    sessions: everyone,
    attacks: locateInLog(lines, planted),
  });
  writeFileSync(
    join(samples, "manifest.json"),
    `${JSON.stringify({ made_by: "npm run record", files: manifest }, null, 2)}\n`,
  );
}

/** @throws Error when an attack is not in the recording: the manifest never claims what is not there */
function locate(file: string, entries: readonly Entry[], attacks: readonly PlantedAttack[]): ManifestAttack[] {
  const used = new Set<number>();
  return attacks.map((attack) => {
    const entry = findAttack(entries, attack, used);
    if (entry < 0) throw new Error(`${file}: no request carries the ${attack.class} planted in ${attack.path}`);
    used.add(entry);
    return { entry, ...attack };
  });
}

/** A log shows no bodies: only attacks in the query, by line. Its target is parsed as the recorder of a HAR would have. */
function locateInLog(lines: readonly string[], attacks: readonly PlantedAttack[]): ManifestAttack[] {
  const entries = lines.map((line) => {
    const [, method = "", target = "/"] = /"(\S+) (\S+) HTTP/.exec(line) ?? [];
    const request = { method, url: `http://127.0.0.1:${port}${target}`, headers: [] };
    return { startedDateTime: "", request, response: { headers: [], content: {} } } satisfies Entry;
  });
  const visible = attacks.filter((attack) => attack.place === "query");
  return locate("access.log", entries, visible).map((found) => ({ ...found, entry: found.entry + 1 }));
}

await record();
