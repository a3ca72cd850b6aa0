import { queryOptions } from "@tanstack/react-query";
import { getEgress, listEgress } from "../../shared/agent-egress.ts";
import {
  cancelTask,
  decideTaskApproval,
  getProvenance,
  getTask,
  getTaskApproval,
  isOpenTask,
  listTasks,
  previewTask,
  runPlan,
  runTask,
} from "../../shared/agent-task.ts";
import { listTemplates, runTemplate } from "../../shared/agent-template.ts";
import type { Input } from "../../shared/route.ts";
import { call } from "./client.ts";

/** Live messages say when to read again; this is for a stream that was lost. */
const againMs = 5_000;

export const tasksQuery = () =>
  queryOptions({
    queryKey: ["tasks", "list"],
    queryFn: ({ signal }) => call(listTasks, { limit: 200 }, { signal }),
    refetchInterval: againMs,
  });

export const taskQuery = (id: string) =>
  queryOptions({
    queryKey: ["tasks", "one", id],
    queryFn: ({ signal }) => call(getTask, { id }, { signal }),
    refetchInterval: ({ state: { data } }) => (data !== undefined && isOpenTask(data.status) ? againMs : false),
  });

export const provenanceQuery = (id: string) =>
  queryOptions({
    queryKey: ["tasks", "provenance", id],
    queryFn: ({ signal }) => call(getProvenance, { id }, { signal }),
  });

export const taskApprovalQuery = (id: string) =>
  queryOptions({
    queryKey: ["tasks", "approval", id],
    queryFn: ({ signal }) => call(getTaskApproval, { id }, { signal }),
  });

/** Ready tasks, and whether there is a planner. */
export const templatesQuery = () =>
  queryOptions({
    queryKey: ["templates"],
    queryFn: ({ signal }) => call(listTemplates, {}, { signal }),
    staleTime: 60_000,
  });

export const egressQuery = () =>
  queryOptions({
    queryKey: ["tasks", "egress"],
    queryFn: ({ signal }) => call(listEgress, { limit: 500 }, { signal }),
  });

export const egressTextQuery = (id: string) =>
  queryOptions({
    queryKey: ["egress", id],
    queryFn: ({ signal }) => call(getEgress, { id }, { signal }),
  });

export const sendRequest = (input: { request: string; session_id?: string }) => call(runTask, input);
export const sendPlan = (input: { plan: unknown; session_id?: string }) => call(runPlan, input);
export const sendTemplate = (input: Input<typeof runTemplate>) => call(runTemplate, input);
export const askPreview = (input: { request: string; session_id?: string }) => call(previewTask, input);
export const sendCancel = (id: string) => call(cancelTask, { id });
export const sendTaskWord = (input: Input<typeof decideTaskApproval>) => call(decideTaskApproval, input);
