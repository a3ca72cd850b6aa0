import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadClassicClassifier } from "../../engine/detect/classifier/classic-model.ts";
import type { PayloadClassifier } from "../../engine/detect/payload.ts";
import { encode, randomEncoding } from "../../engine/learn/training/generated/encode.ts";
import { benignText } from "../../engine/learn/training/generated/generate.ts";
import { createRandom } from "../../engine/learn/training/random.ts";
import type { Corpus } from "./corpus.ts";
import { hardSet } from "./hard-set.ts";
import { isListNoise, type ListedPayload, loadPayloadLists } from "./payload-lists.ts";
import type { Sample } from "./sample.ts";
import { section } from "./tables.ts";

/** Whatever says of a value whether it is an attack. */
export interface Detector {
  readonly name: string;
  /** @returns whether each is flagged, and how long all of them took, seconds of one thread */
  judge(values: readonly Sample[]): { readonly flagged: readonly boolean[]; readonly seconds: number };
}

/** Values of one kind: a column of the comparison. */
export interface Column {
  readonly title: string;
  readonly attacks: readonly Sample[];
  readonly ordinary: readonly Sample[];
}

const percent = (value: number) => `${(100 * value).toFixed(2)} %`;

/** Detectors beside each other on the same values. A column of both attacks and ordinary values shows F1, of one of them the share that is flagged. */
export function compareDetectors(detectors: readonly Detector[], columns: readonly Column[]): string {
  const rows = detectors.map((detector) => {
    let seconds = 0;
    let values = 0;
    const cells = columns.map(({ attacks, ordinary }) => {
      const judged = detector.judge([...attacks, ...ordinary]);
      seconds += judged.seconds;
      values += judged.flagged.length;
      const hit = judged.flagged.slice(0, attacks.length).filter(Boolean).length;
      const wrong = judged.flagged.slice(attacks.length).filter(Boolean).length;
      if (ordinary.length === 0) return percent(hit / attacks.length);
      if (attacks.length === 0) return percent(wrong / ordinary.length);
      return ((2 * hit) / (hit + attacks.length + wrong)).toFixed(4);
    });
    return [detector.name, ...cells, `${((seconds / values) * 1e6).toFixed(1)} µs`];
  });
  return section(
    "Beside others, on the same values",
    ["detector", ...columns.map(({ title }) => title), "a value, mean"],
    rows,
  );
}

/** One of our own, or a fitted one in its place. */
export function ownDetector(name: string, classifier: PayloadClassifier): Detector {
  return {
    name,
    judge(values) {
      const from = performance.now();
      const flagged = values.map(({ text, place }) => {
        return classifier.score(text, place === null ? undefined : { place }).class !== "benign";
      });
      return { flagged, seconds: (performance.now() - from) / 1000 };
    },
  };
}

const folder = join(import.meta.dirname, "../peers");
const program = join(import.meta.dirname, "../../../node_modules/.cache/sentinel/detection-peers");

/** The Core Rule Set in Coraza, and libinjection. @throws Error where Go cannot build them */
function openPeers(): Detector[] {
  mkdirSync(join(program, ".."), { recursive: true });
  execFileSync("go", ["build", "-C", folder, "-o", program, "."], { stdio: ["ignore", "ignore", "inherit"] });
  const peer = (name: string, detector: string): Detector => ({
    name,
    judge: (values) =>
      JSON.parse(
        execFileSync(program, [], {
          input: JSON.stringify({ detector, values: values.map(({ text }) => text.toWellFormed()) }),
          encoding: "utf8",
          maxBuffer: 1e9,
          env: { ...process.env, GOMAXPROCS: "1" },
        }),
      ),
  });
  return [
    peer("Coraza, OWASP CRS, paranoia 1", "crs1"),
    peer("Coraza, OWASP CRS, paranoia 2", "crs2"),
    peer("Coraza, OWASP CRS, paranoia 4", "crs4"),
    peer("libinjection", "libinjection"),
  ];
}

/**
 * Values that no fit has seen. Attack lists in the format of the public ones are read from `lists`; what also stands in the public ones, or
 * is no attack by itself, is left out.
 */
export function comparedColumns(corpus: Corpus, lists: readonly ListedPayload[]): Column[] {
  const r = createRandom("others");
  const attacks = hardSet();
  const change = (how: (text: string) => string) => attacks.map((sample) => ({ ...sample, text: how(sample.text) }));
  const known = new Set(corpus.lists.map(({ text }) => text));
  const unseen = lists.filter((row) => row.family !== "benign" && !known.has(row.text) && !isListNoise(row));
  const test = corpus.lists.filter(({ split, source }) => split === "test" && source === "HttpParamsDataset");
  const ordinary = [...corpus.heldoutTexts, ...corpus.heldoutRecorded];
  const flagged = (title: string, list: readonly Sample[]): Column => ({ title, attacks: list, ordinary: [] });
  return [
    {
      title: "F1, HttpParams test",
      attacks: test.filter(({ family }) => family !== "benign"),
      ordinary: test.filter(({ family }) => family === "benign"),
    },
    flagged(`recall, ${attacks.length} by hand`, attacks),
    flagged(
      "the same, encoded",
      change((text) => encode(text, randomEncoding(r))),
    ),
    flagged(
      "the same, after 8 KB of prose",
      change((text) => benignText(r, 8192) + text),
    ),
    ...(unseen.length === 0 ? [] : [flagged(`recall, ${unseen.length} of unseen lists`, unseen)]),
    ...(ordinary.length === 0
      ? []
      : [{ title: `flagged of ${ordinary.length} ordinary, unseen`, attacks: [], ordinary }]),
  ];
}

/** @param corpus read with the folders of unseen text; without them that column is left out */
export function compareWithOthers(
  corpus: Corpus,
  {
    model,
    rules,
    attackLists,
  }: { model: PayloadClassifier; rules: PayloadClassifier; attackLists: string | undefined },
): string {
  const classic = loadClassicClassifier(
    readFileSync(join(import.meta.dirname, "../../../resources/model/classic.bin")),
  );
  const own = [
    ownDetector("payload model", model),
    ownDetector("rule tier", rules),
    ownDetector("TF-IDF and random forest", classic),
  ];
  let peers: Detector[] = [];
  let missing = "";
  try {
    peers = openPeers();
  } catch (error) {
    missing = `\n\nWithout Coraza and libinjection, which Go could not build: ${(error as Error).message}`;
  }
  const columns = comparedColumns(corpus, attackLists === undefined ? [] : loadPayloadLists(attackLists));
  return `${compareDetectors([...own, ...peers], columns)}${missing}\n\n${describeSources(columns)}`;
}

/** Where the values of each column come from, and how many. */
function describeSources(columns: readonly Column[]): string {
  return columns
    .map(({ title, attacks, ordinary }) => {
      const counts = new Map<string, number>();
      for (const { source } of [...attacks, ...ordinary]) counts.set(source, (counts.get(source) ?? 0) + 1);
      const sources = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([source, count]) => `${source} (${count})`);
      return `- ${title}: ${sources.join(", ")}`;
    })
    .join("\n");
}
