import type { DatasetVersionSummary, SuspiciousBatch } from "../../shared/dataset.ts";
import { SentinelError } from "../../shared/errors.ts";
import type { Job } from "../../shared/job.ts";
import { type PayloadClass, Place } from "../../shared/payload.ts";
import { type Clock, toInstant } from "./base/clock.ts";
import { uuidv7 } from "./base/ids.ts";
import type { Principal } from "./base/principals.ts";
import type { BringArgs, MakeArgs } from "./dataset-jobs.ts";
import type { Engine } from "./engine-interface.ts";
import { noCounts } from "./learn/build-version.ts";
import { recentFalsePositives } from "./learn/closed-alerts.ts";
import { diffVersions } from "./learn/diff-versions.ts";
import { fileSubject } from "./learn/erase-samples.ts";
import { writeDataset } from "./learn/export-rows.ts";
import { trackedFalsePositives } from "./learn/false-positive-state.ts";
import type { LocalSource } from "./learn/federated/local-groups.ts";
import { type DatasetImported, importEntity, importsInForce } from "./learn/import-state.ts";
import { countFlagged } from "./learn/label-state.ts";
import { type LabelSurvey, surveyLabels } from "./learn/label-survey.ts";
import { findVersion, readDatasetVersion, readLocalSources, readRows } from "./learn/read-version.ts";
import type { DatasetVersion } from "./learn/sample.ts";
import { samplesByIds } from "./learn/sample-table.ts";
import { importOf } from "./learn/statement.ts";
import { statementsOfSamples } from "./learn/statement-reads.ts";
import type { RowsOf } from "./learn/training/training-task.ts";
import { readVersionFile } from "./learn/version-file.ts";
import { type StoredVersion, storedVersions } from "./learn/version-state.ts";
import type { DataDirectory } from "./store/data-directory.ts";
import { logHead } from "./store/event-table.ts";
import type { Jobs } from "./store/jobs.ts";
import type { Store } from "./store/store.ts";

const mostVersions = 500;
const mostFalsePositives = 500;
const shownChanges = 50;
const shownExamples = 5;
/** Largest file of labelled payloads, bytes. */
const mostBytes = 512 * 1024 ** 2;

/** Dataset versions, and what goes into them and out of them, in wire shapes. */
export interface Datasets {
  readonly routes: Engine["datasets"];
  /** How the labels stand; read again only after something happened. */
  survey(): Promise<LabelSurvey>;
  /** Tells the name of a labeller: a person's, or that of a file. */
  nameLabellers(): Promise<(labeller: string) => string>;
  /** Payloads of a version, as training reads them; null: of the newest. @throws SentinelError NOT_FOUND, EVIDENCE_CORRUPT */
  rows(id: string | null): Promise<DatasetVersion>;
  /** The same as a federated update reads them. @throws SentinelError NOT_FOUND, EVIDENCE_CORRUPT */
  localSources(id: string | null): Promise<RowsOf<LocalSource>>;
}

export function createDatasets(options: {
  readonly directory: Pick<DataDirectory, "blobs" | "sealer">;
  readonly store: Store;
  readonly jobs: Jobs;
  readonly clock: Clock;
  /** Hash of the payload model that decides. */
  readonly champion: () => string;
  readonly bring: (args: BringArgs, by: Principal) => Promise<Job>;
}): Datasets {
  const { directory, store, jobs, clock } = options;
  const { blobs, sealer } = directory;
  let surveyed: { readonly at: string; readonly survey: Promise<LabelSurvey> } | null = null;

  const unseal = async (sealed: string | null) => (sealed === null ? null : await sealer.unseal(sealed));
  const newest = async () => (await store.read(storedVersions, 1))[0] ?? null;

  async function survey(): Promise<LabelSurvey> {
    const head = await store.read(logHead, null);
    const at = head?.hash ?? "";
    if (surveyed?.at !== at) {
      const since = (await newest())?.at ?? 0;
      surveyed = { at, survey: store.read(surveyLabels, { since }) };
      surveyed.survey.catch(() => {
        surveyed = null;
      });
    }
    return await surveyed.survey;
  }

  /** Names of files by their imports, for labellers that are files. */
  async function namesOfImports(): Promise<Map<string, string>> {
    const names = new Map<string, string>();
    for (const { id, name } of await store.read(importsInForce, null)) {
      names.set(id, (await unseal(name)) ?? "an erased file");
    }
    return names;
  }

  function nameOf(labeller: string, imports: ReadonlyMap<string, string>): string {
    const id = importOf(labeller);
    return id === null ? labeller : (imports.get(id) ?? "a withdrawn file");
  }

  async function toSummary(
    stored: StoredVersion,
    imports: ReadonlyMap<string, string>,
  ): Promise<DatasetVersionSummary> {
    const { id, parent, by, at, why, counts, quality } = stored;
    const by_source: Record<string, number> = {};
    for (const [source, count] of Object.entries(counts.by_source)) {
      const name = nameOf(source, imports);
      by_source[name] = (by_source[name] ?? 0) + count;
    }
    return { id, parent, by, at: toInstant(at), why: await unseal(why), counts: { ...counts, by_source }, quality };
  }

  async function toBatch(
    batch: LabelSurvey["suspicious"][number],
    imports: ReadonlyMap<string, string>,
  ): Promise<SuspiciousBatch> {
    const ids = batch.samples.slice(0, shownExamples);
    const texts = new Map((await store.read(samplesByIds, ids)).map((sample) => [sample.id, sample.text]));
    const said = await store.read(statementsOfSamples, ids);
    const { labeller, from, to, labels, judged, contradictions } = batch;
    return {
      labeller,
      name: nameOf(labeller, imports),
      from: toInstant(from),
      to: toInstant(to),
      labels,
      judged,
      contradictions,
      examples: ids.flatMap((id) => {
        const own = said.findLast((one) => one.sample === id && one.labeller === labeller);
        return own === undefined
          ? []
          : [{ text: texts.get(id)?.slice(0, 200) ?? null, label: own.label, said: own.said?.class ?? null }];
      }),
    };
  }

  const rowsOf = async (id: string) => readVersionFile(blobs.open((await findVersion(store, id)).file));

  const routes: Engine["datasets"] = {
    async stats() {
      const [version, now, imports, flagged] = await Promise.all([
        newest(),
        survey(),
        namesOfImports(),
        store.read(countFlagged, null),
      ]);
      const summary = version === null ? null : await toSummary(version, imports);
      return {
        ...(summary?.counts ?? noCounts),
        dataset_version: summary?.id ?? null,
        made_at: summary?.at ?? null,
        quality: summary?.quality ?? null,
        labels: {
          samples: now.samples,
          by_class: now.byClass,
          disagreements: now.disagreements,
          flagged,
          since_version: now.since,
          labellers: now.labellers.slice(0, 50).map((one) => ({ ...one, labeller: nameOf(one.labeller, imports) })),
          suspicious: await Promise.all(now.suspicious.slice(0, 20).map((batch) => toBatch(batch, imports))),
        },
      };
    },
    async list() {
      const imports = await namesOfImports();
      const versions = await store.read(storedVersions, mostVersions);
      return await Promise.all(versions.map((version) => toSummary(version, imports)));
    },
    async make({ why }, by) {
      const args: MakeArgs = { why: why === undefined ? null : await sealer.seal(`dataset why ${uuidv7(clock)}`, why) };
      return { job_id: (await jobs.start("make-dataset", args, "A dataset version", by)).id };
    },
    async diff({ from, to }) {
      const { counts, byClass, rows } = await diffVersions(await rowsOf(from), await rowsOf(to), shownChanges);
      const known = await store.read(
        samplesByIds,
        rows.map(({ id }) => id),
      );
      const texts = new Map(known.map((sample) => [sample.id, sample.text.slice(0, 500)]));
      return {
        counts: { ...counts },
        by_class: [...byClass].map(([name, sides]) => ({ class: name, ...sides })),
        rows: rows.map((row) => ({ ...row, text: texts.get(row.id) ?? null })),
      };
    },
    async export({ id, format, split }, by) {
      const version = await findVersion(store, id);
      // SECURITY: first the log, then the file.
      const payload = { dataset_version: id, format, split: split ?? null };
      const entityId = uuidv7(clock);
      const draft = {
        entityType: "export",
        entityId,
        baseVersion: 0,
        kind: "dataset.exported",
        payload,
        inverse: null,
      };
      await store.append([draft], by);
      const imports = await namesOfImports();
      const rows = readRows({ store, blobs }, version, (row) => split === undefined || row.split === split);
      return writeDataset(format, rows, (source) => nameOf(source, imports));
    },
    async import(source, { file_name, format }, by, signal) {
      const stored = await blobs.put(source, { maxBytes: mostBytes, signal });
      if (stored.size === 0) throw new SentinelError("INPUT_INVALID", "The file is empty.");
      const args: BringArgs = {
        import_id: uuidv7(clock),
        sha256: stored.sha256,
        bytes: stored.size,
        format,
        name: await sealer.seal(fileSubject(stored.sha256), file_name),
      };
      const job = await options.bring(args, by);
      return { job_id: job.id, import_id: args.import_id };
    },
    async imports() {
      const stored = await store.read(importsInForce, null);
      return await Promise.all(
        stored.map(async ({ name, sha256: _, at, ...rest }) => ({
          ...rest,
          file_name: await unseal(name),
          at: toInstant(at),
        })),
      );
    },
    async withdrawImport({ id, base_version }, by) {
      const found = (await store.read(importsInForce, null)).find((one) => one.id === id);
      if (found === undefined) throw new SentinelError("NOT_FOUND", "There is no such import.");
      const { id: _, version: _version, ...payload } = found;
      const inverse = { kind: "dataset.imported", payload: payload satisfies DatasetImported };
      const draft = {
        entityType: importEntity,
        entityId: id,
        baseVersion: base_version,
        kind: "dataset.import_withdrawn",
        payload: {},
        inverse,
      };
      const [event] = await store.append([draft], by);
      return { event_id: event!.id };
    },
    async falsePositives() {
      const question = { limit: mostFalsePositives, champion: options.champion() };
      const [reported, closed] = await Promise.all([
        store.read(trackedFalsePositives, question),
        store.read(recentFalsePositives, question),
      ]);
      const all = [...reported, ...closed].sort((a, b) => b.at - a.at).slice(0, mostFalsePositives);
      return await Promise.all(
        all.map(async ({ report, sample, reason, at, said_class, place, text, ...rest }) => ({
          ...rest,
          id: report,
          sample_id: sample,
          reason: await unseal(reason),
          at: toInstant(at),
          said: said_class as PayloadClass | null,
          place: place === null ? null : Place.parse(place),
          text: text?.slice(0, 500) ?? null,
        })),
      );
    },
  };
  async function requireVersion(id: string | null): Promise<string> {
    const version = id ?? (await newest())?.id;
    if (version !== undefined) return version;
    throw new SentinelError(
      "NOT_FOUND",
      "There is no dataset version yet: make one, or train on a file of labelled rows.",
    );
  }

  return {
    async rows(id) {
      return (await readDatasetVersion({ store, blobs }, await requireVersion(id))).version;
    },
    async localSources(id) {
      return await readLocalSources({ store, blobs }, await requireVersion(id));
    },
    routes,
    survey,
    async nameLabellers() {
      const imports = await namesOfImports();
      return (labeller) => nameOf(labeller, imports);
    },
  };
}
