import type { StoreModule } from "../store/store.ts";
import { recentFalsePositives } from "./closed-alerts.ts";
import { falsePositiveProjection, falsePositiveTables, trackedFalsePositives } from "./false-positive-state.ts";
import {
  forgetImportRows,
  importedFiles,
  importProjection,
  importsInForce,
  importsOfFile,
  importTables,
  storeImportRows,
} from "./import-state.ts";
import { exclusionProjection, labelExclusions } from "./label-exclusions.ts";
import { nextToLabel } from "./label-queue.ts";
import {
  countFlagged,
  flaggedLabels,
  labelById,
  labelProjection,
  labelsOfSamples,
  labelTables,
} from "./label-state.ts";
import { samplesOfAlerts, surveyLabels } from "./label-survey.ts";
import { lacksSamples, sealedSamples } from "./restore-samples.ts";
import {
  campaignsOfSamples,
  forgetSamplesOf,
  knownOrigins,
  samplesByIds,
  sampleTables,
  sourcesOfSample,
  storeSamples,
} from "./sample-table.ts";
import { alertLabelsOfVerdict, allStatements, statementsOfSamples } from "./statement-reads.ts";
import {
  keptSplits,
  noteHeldRows,
  storedVersions,
  versionById,
  versionFiles,
  versionProjection,
  versionTables,
} from "./version-state.ts";

/** Samples, what is said of them, and the versions that are made of it. */
export const learnModule: StoreModule = {
  name: "samples and datasets",
  migrations: [
    { id: 401, sql: sampleTables },
    { id: 402, sql: labelTables },
    { id: 403, sql: importTables },
    { id: 404, sql: versionTables },
    { id: 405, sql: falsePositiveTables },
  ],
  reads: [
    samplesByIds,
    sourcesOfSample,
    campaignsOfSamples,
    sealedSamples,
    lacksSamples,
    knownOrigins,
    labelById,
    labelsOfSamples,
    labelExclusions,
    allStatements,
    statementsOfSamples,
    alertLabelsOfVerdict,
    importsInForce,
    importedFiles,
    storedVersions,
    keptSplits,
    versionFiles,
    trackedFalsePositives,
    versionById,
    surveyLabels,
    samplesOfAlerts,
    nextToLabel,
    flaggedLabels,
    countFlagged,
    importsOfFile,
    recentFalsePositives,
  ],
  writes: [storeSamples, forgetSamplesOf, storeImportRows, forgetImportRows, noteHeldRows],
  projections: [labelProjection, exclusionProjection, importProjection, versionProjection, falsePositiveProjection],
};
