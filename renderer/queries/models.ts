import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import {
  addModelFolder,
  evaluateModel,
  exportModel,
  getDoubtedLabels,
  getModelCard,
  getModelKey,
  getTrainingCurve,
  importModel,
  listModels,
  overrideGates,
  setModelAlias,
  type TrainingEpoch,
  trainPayloadClassifier,
  trainRows,
  withdrawModel,
} from "../../shared/model.ts";
import type { Input, Output } from "../../shared/route.ts";
import { call, open } from "./client.ts";

/** Models that are asked for at once: each comes with its curves, some 28 KB. */
export const modelsAtOnce = 50;

export const modelsQuery = (limit = modelsAtOnce) =>
  queryOptions({
    queryKey: ["models", "list", limit],
    queryFn: ({ signal }): Promise<Output<typeof listModels>> => call(listModels, { limit }, { signal }),
    placeholderData: keepPreviousData,
  });

export const modelCardQuery = (id: string) =>
  queryOptions({
    queryKey: ["models", "card", id],
    queryFn: async ({ signal }): Promise<string> => (await call(getModelCard, { id }, { signal })).markdown,
  });

export const modelKeyQuery = () =>
  queryOptions({
    queryKey: ["model-key"],
    queryFn: ({ signal }): Promise<Output<typeof getModelKey>> => call(getModelKey, {}, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Epochs of a training; `done` is how many the job tells of, so that each new one is read once. */
export const curveQuery = (jobId: string | null, done: number) =>
  queryOptions({
    queryKey: ["training-curve", jobId, done],
    queryFn: async ({ signal }): Promise<TrainingEpoch[]> =>
      jobId === null ? [] : (await call(getTrainingCurve, { id: jobId }, { signal })).epochs,
    placeholderData: keepPreviousData,
    enabled: jobId !== null,
  });

/** Rows of a training that is done whose label its cross-validation doubts. */
export const doubtedLabelsQuery = (jobId: string) =>
  queryOptions({
    queryKey: ["doubted-labels", jobId],
    queryFn: ({ signal }): Promise<Output<typeof getDoubtedLabels>> =>
      call(getDoubtedLabels, { id: jobId }, { signal }),
  });

export const sendTraining = (input: Input<typeof trainPayloadClassifier>) => call(trainPayloadClassifier, input);
export const sendRows = (file: File, input: Pick<Input<typeof trainRows>, "seed" | "start">) =>
  call(trainRows, { ...input, file_name: file.name }, { body: file });
export const sendEvaluation = (id: string) => call(evaluateModel, { id });
export const sendOverride = (input: Input<typeof overrideGates>) => call(overrideGates, input);
export const sendAlias = (input: Input<typeof setModelAlias>) => call(setModelAlias, input);
export const sendWithdrawal = (input: Input<typeof withdrawModel>) => call(withdrawModel, input);
export const sendModelFolder = (folder: string) => call(addModelFolder, { folder });
export const sendModelFile = (file: Blob) => call(importModel, {}, { body: file });
export const takeModelFile = async (id: string): Promise<Blob> => await (await open(exportModel, { id })).blob();
