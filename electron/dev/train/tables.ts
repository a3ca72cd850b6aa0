import { join } from "node:path";
import { payloadClasses } from "../../../shared/payload.ts";
import { exp, log } from "../../engine/base/math.ts";
import { baseRateStep } from "../../engine/detect/fusion.ts";
import type { PayloadClassifier } from "../../engine/detect/payload.ts";
import { benignClass, type Judged, judge } from "../../engine/learn/training/calibrate.ts";
import { type Encoding, encode } from "../../engine/learn/training/generated/encode.ts";
import { benignText } from "../../engine/learn/training/generated/generate.ts";
import { createRandom } from "../../engine/learn/training/random.ts";
import { calibrationError, f1, isFlagged, macroF1, rates } from "../../engine/learn/training/score.ts";
import { table } from "./card.ts";
import type { Corpus } from "./corpus.ts";
import { hardSet } from "./hard-set.ts";
import { isListNoise } from "./payload-lists.ts";
import { listApplications, readSessions } from "./recordings.ts";
import type { Sample } from "./sample.ts";

const percent = (value: number) => (Number.isNaN(value) ? "–" : `${(100 * value).toFixed(2)} %`);
const group = (
  judged: readonly Judged<Sample>[],
  key: (one: Judged<Sample>) => string,
): [string, Judged<Sample>[]][] => {
  const groups = new Map<string, Judged<Sample>[]>();
  for (const one of judged) {
    const list = groups.get(key(one)) ?? [];
    list.push(one);
    groups.set(key(one), list);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
};

/** The shipped model on what no fit has seen. */
export async function* evaluateModel(
  model: PayloadClassifier,
  rules: PayloadClassifier,
  corpus: Corpus,
  recordings: string | undefined,
): AsyncGenerator<string> {
  const test = corpus.lists.filter((row) => row.split === "test");
  const judged = judge(model, test);
  yield httpParams(judged);
  yield section(
    "Test rows of the public lists, by source and label",
    ["source", "label", "rows", "flagged", "flagged without list noise", "class right"],
    group(judged, ({ sample }) => `${sample.source}\t${sample.kind}`).map(([name, list]) => {
      const clean = list.filter(({ sample }) => !isListNoise(sample as (typeof test)[number]));
      const flagged = (some: readonly Judged[]) => some.filter(isFlagged).length / some.length;
      const right = list.filter(
        ({ truth, probabilities }) => probabilities[truth]! >= Math.max(...probabilities),
      ).length;
      return [
        ...name.split("\t"),
        String(list.length),
        percent(flagged(list)),
        percent(flagged(clean)),
        percent(right / list.length),
      ];
    }),
  );
  const hard = hardSet();
  yield section(
    "Hand-written attacks, made without the grammars, by family",
    ["family", "values", "flagged by the model", "by the rules"],
    group(judge(model, hard), ({ sample }) => sample.family).map(([name, list]) => {
      const byRules = rates(
        judge(
          rules,
          list.map(({ sample }) => sample),
        ),
      );
      const byModel = rates(list);
      return [name, String(list.length), percent(byModel.recall), percent(byRules.recall)];
    }),
  );
  yield variants(model, [
    ...hard,
    ...test.filter((row) => row.family !== "benign" && !isListNoise(row) && row.text.length >= 4),
  ]);
  yield ordinary("Ordinary text of sources that no fit has seen", model, rules, [
    ...corpus.heldoutTexts,
    ...corpus.heldoutRecorded,
  ]);
  yield ordinary("Generated ordinary text (the grammars of the fit: optimistic)", model, rules, corpus.benign);
  yield conformal(model, [...test, ...corpus.heldoutTexts]);
  if (recordings !== undefined)
    for (const [folder, what] of recordedFolders) yield* sessions(model, join(recordings, folder), what);
}

function httpParams(judged: readonly Judged[]): string {
  const rows = judged.filter(({ sample }) => sample.source === "HttpParamsDataset");
  const classes = ["benign", "sql_injection", "xss", "command_injection", "path_traversal"].map((name) =>
    payloadClasses.indexOf(name as (typeof payloadClasses)[number]),
  );
  return section(
    "HttpParamsDataset, test split",
    ["figure", "value", "target"],
    [
      ["F1 of attack", f1(rows).toFixed(4), "≥ 0.999"],
      ["macro-F1 of five classes", macroF1(rows, classes).toFixed(4), "≥ 0.993"],
    ],
  );
}

/** Each attack also in encodings, as a single line in ordinary text, and within 8 to 128 KB of it. */
function variants(model: PayloadClassifier, attacks: readonly Sample[]): string {
  const r = createRandom("variants");
  const some = r.shuffle([...attacks]).slice(0, 500);
  const recall = (change: (text: string) => string, list = some) =>
    percent(
      rates(
        judge(
          model,
          list.map((sample) => ({ ...sample, text: change(sample.text) })),
        ),
      ).recall,
    );
  const encoded: Encoding[] = [
    "url",
    "urlAll",
    "urlTwice",
    "urlUnicode",
    "html",
    "htmlHex",
    "escape",
    "base64",
    "hex",
    "fullWidth",
  ];
  const rows: string[][] = [["as it is", recall((text) => text), ""]];
  for (const encoding of encoded) rows.push([encoding, recall((text) => encode(text, encoding)), "≥ 95 %"]);
  rows.push(["within a sentence", recall((text) => `${benignText(r, 40)}${text} ${benignText(r, 40)}`), ""]);
  rows.push(["after 8 KB of prose", recall((text) => benignText(r, 8192) + text, some.slice(0, 150)), ""]);
  rows.push([
    "within 128 KB of prose",
    recall((text) => `${benignText(r, 65_536)}${text} ${benignText(r, 65_536)}`, some.slice(0, 25)),
    "",
  ]);
  rows.push(["after 8 KB of one letter", recall((text) => "a".repeat(8192) + text, some.slice(0, 150)), ""]);
  return section(`Recall on variants of ${some.length} unseen attacks`, ["variant", "recall", "target"], rows);
}

function ordinary(
  title: string,
  model: PayloadClassifier,
  rules: PayloadClassifier,
  samples: readonly Sample[],
): string {
  const judged = judge(model, samples);
  const random = createRandom(title);
  const row = (name: string, list: readonly Judged[]) => {
    const byRules = rates(
      judge(
        rules,
        list.map(({ sample }) => sample),
      ),
    );
    const surely = list.filter(({ probabilities }) => 1 - probabilities[benignClass]! >= 0.8).length;
    const error = calibrationError(list, random);
    return [
      name,
      String(list.length),
      percent(rates(list).fpr),
      percent(surely / list.length),
      percent(byRules.fpr),
      `${error.value.toFixed(4)} (${error.low.toFixed(4)}–${error.high.toFixed(4)})`,
    ];
  };
  return section(
    title,
    ["source", "values", "flagged", "at 0.8 or more", "by the rules", "calibration error"],
    [
      ...group(judged, ({ sample }) => `${sample.source}: ${sample.kind}`).map(([name, list]) => row(name, list)),
      ...(judged.length > 0 ? [row("all", judged)] : []),
    ],
  );
}

function conformal(model: PayloadClassifier, samples: readonly Sample[]): string {
  const found = new Map<string, { rows: number; covered: number; size: number; empty: number }>();
  for (const sample of samples) {
    const context = sample.place === null ? undefined : { place: sample.place };
    const { set } = model.score(sample.text, context);
    const [truth] = judge(model, [sample]);
    const name = payloadClasses[truth!.truth]!;
    const entry = found.get(name) ?? { rows: 0, covered: 0, size: 0, empty: 0 };
    entry.rows++;
    entry.covered += Number(set.includes(name));
    entry.size += set.length;
    entry.empty += Number(set.length === 0);
    found.set(name, entry);
  }
  return section(
    "Conformal sets at error rate 5 % (class-conditional), on test rows and unseen ordinary text",
    ["class", "rows", "coverage", "mean size", "empty"],
    [...found]
      .sort()
      .map(([name, e]) => [
        name,
        String(e.rows),
        percent(e.covered / e.rows),
        (e.size / e.rows).toFixed(2),
        percent(e.empty / e.rows),
      ]),
  );
}

/** Folders of recordings beside each other, and what their applications were to the fit. */
const recordedFolders = [
  ["", "also used in the fit"],
  ["heldout", "held out of every fit; the honest ones with much code, SQL and markup on purpose"],
  ["heldout-ordinary", "held out of every fit; honest everyday use"],
] as const;

/** Probability from which one value alone tags a session: its payload score has to carry the tagging threshold by itself. */
const taggingAlone = 1 / (1 + exp(baseRateStep - log(5)));

async function* sessions(model: PayloadClassifier, folder: string, what: string): AsyncGenerator<string> {
  const rows: string[][] = [];
  for (const application of listApplications(folder)) {
    const row = [application];
    for (const kind of ["honest", "attack"] as const) {
      const worst = (await readSessions(folder, application, kind)).map(({ values }) =>
        values.reduce(
          (top, { text, place }) => Math.max(top, 1 - model.score(text, { place }).probabilities[benignClass]!),
          0,
        ),
      );
      row.push(String(worst.length), String(worst.filter((score) => score >= taggingAlone).length));
    }
    rows.push(row);
  }
  if (rows.length === 0) return;
  yield section(
    `Recorded sessions (${what}): worst value at ${taggingAlone.toFixed(3)} or more, which alone tags a session`,
    ["application", "honest", "of them over", "attacks", "of them over"],
    rows,
  );
}

export function section(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  return `### ${title}\n\n${table(head, rows)}`;
}
