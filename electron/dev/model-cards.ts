import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseBehaviour } from "../engine/detect/anomaly/behaviour-file.ts";
import { readClassic } from "../engine/detect/classifier/classic-file.ts";
import { loadClassicClassifier } from "../engine/detect/classifier/classic-model.ts";
import { loadClassifier } from "../engine/detect/classifier/payload-model.ts";
import type { PayloadClassifier } from "../engine/detect/payload.ts";
import { parseSequence } from "../engine/detect/sequence/sequence-file.ts";
import { table } from "./train/card.ts";
import { hardSet } from "./train/hard-set.ts";

export const modelFolder = join(import.meta.dirname, "../../resources/model");

const read = (name: string) => readFileSync(join(modelFolder, name));
const count = (number: number) => number.toLocaleString("en");

/** The cards of the shipped models that have no other: file name and text, from what the models' files hold. */
export function modelCards(): Record<string, string> {
  return { "BEHAVIOUR-CARD.md": behaviourCard(), "SEQUENCE-CARD.md": sequenceCard(), "CLASSIC-CARD.md": classicCard() };
}

function behaviourCard(): string {
  const bytes = read("behaviour.json");
  const { hash, sessions, schema, trees, background } = parseBehaviour(bytes);
  return `# Model card: behaviour of sessions

\`behaviour.json\`, ${count(bytes.length)} bytes, model \`${hash}\`. This card is written by \`npm run generate\`; the model by
\`node electron/dev/train-behaviour.ts\`.

**What it does.** It says of a session, by ${schema.length} features of it, how much it behaves like an attack, in [0, 1]. That is the behaviour score, 0.4 of
a verdict's unless a setting says otherwise. Exact Shapley values of it are the reasons that are shown.

**What it is.** A forest of ${trees.roots.length} trees, grown along a table of what speaks for an attack and from where (\`session-suspicions.ts\`). The table is
judgement; the sessions move outwards what counts as ordinary. What is merely rare counts nothing, and what is not available is never held
against a session. ${background.length} of its sessions are kept as the background of Shapley values.

**What it was made from.** ${count(sessions)} sessions, all of them **invented**: personas (\`electron/dev/behaviour\`) write requests, the product's own extractor
describes them, and the classifier's answers are drawn. No recording and no person is in it. "Ordinary sessions" on screens are these, until
200 ordinary sessions of the engine's own have taken their place (the setting \`behaviour_refit\`; the health screen says which).

**What it is for.** A first judgement on a machine that has seen no traffic. Not for blocking without review.

**Known limits.**
- How rare a value is among invented sessions says nothing of traffic: percentiles beside features are those of the personas.
- Traffic that no persona does (long polling, mail clients, games) may look busy or monotonous to it until it is fitted to the engine's own.
- A quiet attack, of few requests at an ordinary pace, is left to the payload model.
`;
}

function sequenceCard(): string {
  const bytes = read("sequence.json");
  const { hash, order, reference } = parseSequence(bytes);
  const content = JSON.parse(bytes.toString("utf8").split("\n").slice(1).join("\n")) as {
    sessions: number;
    symbols: unknown[];
    contexts: unknown[];
  };
  const bits = (value: number | undefined) => (value === undefined ? "–" : value.toFixed(2));
  return `# Model card: order of requests

\`sequence.json\`, ${count(bytes.length)} bytes, model \`${hash}\`. This card is written by \`npm run generate\`; the model by
\`node electron/dev/train-sequence.ts FOLDER_OR_HAR …\`.

**What it does.** It says how surprising each request is after those before it, in bits. Two features of a session come of it,
\`sequence_surprise\` and \`sequence_surprise_peak\`. They are shown beside what ordinary sessions have, and have no vote in the score.

**What it is.** A Markov model of variable order, up to ${order} requests back, over ${count(content.symbols.length)} routes and shapes of routes; ${count(content.contexts.length)} contexts, mixed
as Witten and Bell do (method C).

**What it was made from.** ${count(content.sessions)} sessions of five requests and more that the shipped models found benign: recorded honest use of nine public web
applications, and of the sample evidence. The recordings are not shipped; routes of those applications stand in the
file, values of requests do not.

**Measured**, on sessions that the counts did not hold (cross-fitted when it was made), bits a request:

${table(
  ["feature", "sessions", "median", "95 %", "highest"],
  reference.map(({ name, sessions, quantiles }) => [
    name,
    String(sessions),
    bits(quantiles?.[50]),
    bits(quantiles?.[95]),
    bits(quantiles?.[100]),
  ]),
)}

**Known limits.**
- Applications that it does not know give "not available": it never guesses. That is most applications.
- It is not fitted to an engine's own sessions; only the behaviour model is.
- A session that is surprising is not an attack: administration and first visits are.
`;
}

function classicCard(): string {
  const bytes = read("classic.bin");
  const { header, grams, forest } = readClassic(bytes);
  const classic = loadClassicClassifier(bytes);
  const attacks = hardSet();
  const flagged = (classifier: PayloadClassifier) =>
    attacks.filter(({ text }) => classifier.score(text).class !== "benign").length;
  const recall = (classifier: PayloadClassifier) => `${((100 * flagged(classifier)) / attacks.length).toFixed(1)} %`;
  return `# Model card: classic payload classifier

\`classic.bin\`, ${count(bytes.length)} bytes, model \`${classic.hash}\`. This card is written by
\`npm run generate\`; the model by \`npm run train-classic\`.

**What it does.** It classifies single values as the built-in model does, in the way that papers and other products do: for comparison, and
for whoever wants it deployed (setting \`payload_model\`: \`classic\`).

**What it is.** ${count(grams.length)} character n-grams weighted by TF-IDF, and a random forest of ${forest.starts.length - 1} trees with ${count(forest.feature.length)} nodes. Calibrated (temperature
${header.temperature}, shift of benign ${header.benign_shift}) on validation rows and texts outside the fit; conformal thresholds at an error rate of 5 %.

**What it was made from.** 50,000 rows, unless \`--rows\` said otherwise, drawn from what the built-in model is fitted to: public lists of payloads, generated
attacks and ordinary text, documentation and source that stood on the machine, values of recorded honest sessions. What those are, by
source, stands in [the data statement](DATA-STATEMENT.md).

**Measured** on ${attacks.length} attacks that were written by hand (\`electron/dev/train/hard-set.ts\`), which are in no fit: it flags ${recall(classic)}, the built-in model ${recall(loadClassifier(read("payload.bin")))}. The command prints
recall, false positives and F1 on the public test split when it is run; those of the shipped file were not kept.

**Known limits.**
- Weaker than the built-in model on what it has not seen.
- It knows classes and no families.
- Encodings are read before it, by the same readings as for the built-in model; what those miss, it misses.
`;
}
