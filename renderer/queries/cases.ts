import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { Alert } from "../../shared/alert.ts";
import {
  type Case,
  type CaseChange,
  type CaseItem,
  type CaseItemDraft,
  type CaseStatus,
  changeCase,
  getCase,
  listCases,
  mergeCases,
  openCase,
  removeCaseItem,
  saveCaseItem,
} from "../../shared/case.ts";
import type { Input, Output } from "../../shared/route.ts";
import { call } from "./client.ts";

export type CaseDetail = Output<typeof getCase>;
type CasePage = Output<typeof listCases>;

interface CaseFilter {
  readonly status: CaseStatus | null;
  /** Part of a title or tag, or the beginning of an id. */
  readonly text: string;
}

const toInput = ({ status, text }: CaseFilter) => ({ text, ...(status === null ? {} : { status }) });

/** Cases, the last opened first. */
export const casePages = (filter: CaseFilter) =>
  infiniteQueryOptions({
    queryKey: ["cases", "pages", filter],
    queryFn: ({ pageParam, signal }): Promise<CasePage> =>
      call(
        listCases,
        { ...toInput(filter), limit: 100, ...(pageParam === undefined ? {} : { cursor: pageParam }) },
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });

/** The first few cases that a text finds. */
export const fewCases = (filter: CaseFilter, limit: number) =>
  queryOptions({
    queryKey: ["cases", "few", filter, limit],
    queryFn: async ({ signal }): Promise<Case[]> =>
      (await call(listCases, { ...toInput(filter), limit }, { signal })).items,
  });

export const caseQuery = (id: string) =>
  queryOptions({
    queryKey: ["cases", "one", id],
    queryFn: ({ signal }): Promise<CaseDetail> => call(getCase, { id }, { signal }),
  });

export const sendNewCase = (title: string, alerts: readonly Pick<Alert, "id" | "version">[]) =>
  call(openCase, { title, alerts: alerts.map(({ id, version }) => ({ id, base_version: version })) });

type Closing = Pick<Input<typeof changeCase>, "close_alerts"> & { readonly despite_open_tasks?: boolean };

export const sendCaseChange = ({ id, version }: Pick<Case, "id" | "version">, change: CaseChange, more: Closing = {}) =>
  call(changeCase, { id, base_version: version, change, ...more });

export const sendMerge = (id: string, cases: readonly Pick<Case, "id" | "version">[]) =>
  call(mergeCases, { id, cases: cases.map((each) => ({ id: each.id, base_version: each.version })) });

/** @param before the item that it takes the place of; null: a new one */
export const sendItem = (caseId: string, item: CaseItemDraft, before: Pick<CaseItem, "id" | "version"> | null) =>
  call(saveCaseItem, {
    id: caseId,
    item,
    ...(before === null ? {} : { item_id: before.id, base_version: before.version }),
  });

export const sendItemRemoval = ({ case_id, id, version }: Pick<CaseItem, "case_id" | "id" | "version">) =>
  call(removeCaseItem, { id: case_id, item_id: id, base_version: version });
