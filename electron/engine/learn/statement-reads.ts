import type { SampleKind } from "../../../shared/label.ts";
import type { PayloadClass } from "../../../shared/payload.ts";
import { type Db, defineSlowRead } from "../store/store.ts";
import { prepareAlertLabels } from "./closed-alerts.ts";
import { prepareIncluded } from "./label-exclusions.ts";
import type { SourcedSample } from "./sample-table.ts";
import { fileLabeller, type Judged, type Statement } from "./statement.ts";

interface SaidRow {
  readonly sample: string;
  readonly kind: SampleKind;
  readonly labeller: string;
  readonly label: PayloadClass;
  readonly at: number;
  readonly source: string;
  readonly resolves: number;
  readonly said_class: PayloadClass | null;
  readonly said_confidence: number | null;
}

function judgedOf(row: Pick<SaidRow, "said_class" | "said_confidence">): Judged | null {
  return row.said_class === null || row.said_confidence === null
    ? null
    : { class: row.said_class, confidence: row.said_confidence };
}

/** Everything that is said of samples: by hand, by reports, by files. `of` narrows it to samples, as a condition over `sample`. */
function written(of: string): string {
  return `
  SELECT sample, kind, labeller, label, at, source, resolves, said_class, said_confidence FROM sample_labels
    WHERE label IS NOT NULL ${of}
  UNION ALL
  SELECT s.sample, s.kind, f.by, 'benign', f.at, 'false-positive', 0, s.said_class, s.said_confidence
    FROM false_positive_samples s JOIN false_positives f ON f.id = s.report WHERE 1 ${of}
  UNION ALL
  SELECT r.sample, 'payload', '${fileLabeller("")}' || i.id, r.label, i.at, '${fileLabeller("")}' || i.id, 0, r.said_class,
    r.said_confidence FROM import_rows r JOIN dataset_imports i ON i.id = r.import WHERE 1 ${of}`;
}

function toStatement(row: SaidRow): Statement {
  const { sample, kind, labeller, label, at, source } = row;
  const said = judgedOf(row);
  const isByHand = source === "labelling" || source === "add-sample";
  // Who says that it is benign, of what the model takes for an attack, reports a false positive, in whatever way.
  const isFlagged = said !== null && said.class !== "benign";
  return {
    sample,
    kind,
    labeller,
    label,
    at,
    source,
    resolves: row.resolves === 1,
    isFalsePositive: source === "false-positive" || (isByHand && label === "benign" && isFlagged),
    said,
  };
}

/** What is said of all samples besides by closed alerts, whether it counts or not. */
export function prepareWritten(db: Db): () => Generator<Statement> {
  const select = db.prepare<[], SaidRow>(written(""));
  return function* () {
    for (const row of select.all()) yield toStatement(row);
  };
}

/** Every statement that counts, those of closed alerts last. */
export function prepareStatements(db: Db): () => Generator<Statement> {
  const said = prepareWritten(db);
  const alerts = prepareAlertLabels(db);
  const included = prepareIncluded(db);
  return function* () {
    const counts = included();
    for (const statement of said()) if (counts(statement)) yield statement;
    for (const { statement } of alerts.all()) if (counts(statement)) yield statement;
  };
}

/** What is needed to make a version: every statement, and the texts of what closed alerts say. */
export const allStatements = defineSlowRead("labels.statements", (db: Db) => {
  const said = prepareWritten(db);
  const alerts = prepareAlertLabels(db);
  const included = prepareIncluded(db);
  return (_args: null): { statements: Statement[]; known: SourcedSample[] } => {
    const counts = included();
    const statements = [...said()].filter(counts);
    const known = new Map<string, SourcedSample>();
    for (const label of alerts.all()) {
      if (!counts(label.statement)) continue;
      statements.push(label.statement);
      known.set(`${label.known.id} ${label.known.origin}`, label.known);
    }
    return { statements, known: [...known.values()] };
  };
});

/** Reads what is said of some samples besides by closed alerts. */
export function prepareStatementsOf(db: Db): (samples: readonly string[]) => Statement[] {
  const select = db.prepare<{ ids: string }, SaidRow>(written("AND sample IN (SELECT value FROM json_each(@ids))"));
  const included = prepareIncluded(db);
  return (samples) =>
    select
      .all({ ids: JSON.stringify(samples) })
      .filter(included())
      .map(toStatement);
}

export const statementsOfSamples = defineSlowRead("labels.statements_of", prepareStatementsOf);
