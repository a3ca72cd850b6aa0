import type { StoreModule } from "../store/store.ts";
import { drawAudit } from "./audit-draw.ts";
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
import { labelCandidates } from "./label-candidates.ts";
import { exclusionProjection, labelExclusions } from "./label-exclusions.ts";
import {
  countFlagged,
  flaggedLabels,
  labelById,
  labelProjection,
  labelsOfSamples,
  labelTables,
} from "./label-state.ts";
import { isDisputed, samplesOfAlerts, surveyLabels } from "./label-survey.ts";
import { stillToLabel } from "./labelled-samples.ts";
import { recentWords } from "./recent-words.ts";
import { reportedSince } from "./reported-now.ts";
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
import { allStatements, statementsOfSamples } from "./statement-reads.ts";
import {
  forgetHeldRows,
  heldRowTables,
  keptSplits,
  noteHeldRows,
  settleHeldRows,
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
    { id: 406, sql: heldRowTables },
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
    importsInForce,
    importedFiles,
    storedVersions,
    keptSplits,
    versionFiles,
    trackedFalsePositives,
    versionById,
    surveyLabels,
    isDisputed,
    samplesOfAlerts,
    labelCandidates,
    stillToLabel,
    drawAudit,
    recentWords,
    flaggedLabels,
    countFlagged,
    importsOfFile,
    recentFalsePositives,
    reportedSince,
  ],
  writes: [
    storeSamples,
    forgetSamplesOf,
    storeImportRows,
    forgetImportRows,
    noteHeldRows,
    settleHeldRows,
    forgetHeldRows,
  ],
  projections: [labelProjection, exclusionProjection, importProjection, versionProjection, falsePositiveProjection],
};
