import { useQuery } from "@tanstack/react-query";
import { ArrowDownWideNarrow, Clock } from "lucide-react";
import { useEffect, useMemo, useRef } from "react";
import { alertOrders } from "../../../shared/alert.ts";
import { alertLanguage } from "../../../shared/alert-query-fields.ts";
import { alertCountsQuery, alertRows } from "../../queries/alerts.ts";
import { DensityButton } from "../../ui/density-button.tsx";
import { QueryHelp } from "../../ui/query-help.tsx";
import { Segments } from "../../ui/segments.tsx";
import { usePagedList } from "../../ui/use-paged-list.ts";
import { defaultQuery, useQueue } from "../../view/queue.ts";
import { useKeys } from "../../view/use-keys.ts";
import { useView } from "../../view/view.ts";
import { ActionBar } from "./action-bar.tsx";
import { AlertTable } from "./alert-table.tsx";
import { ExportMenu } from "./export-menu.tsx";
import { Facets } from "./facets.tsx";
import { QueryBar } from "./query-bar.tsx";
import { SavedQueries } from "./saved-queries.tsx";

const orderLooks = {
  newest: { label: "Newest", icon: Clock },
  worst: { label: "Worst", icon: ArrowDownWideNarrow },
};

function Order() {
  const order = useQueue((queue) => queue.order);
  const setOrder = useQueue((queue) => queue.setOrder);
  useKeys({ order: () => setOrder(order === "newest" ? "worst" : "newest") });
  return (
    <Segments
      legend="What comes first"
      options={alertOrders.map((each) => ({ value: each, ...orderLooks[each] }))}
      value={order}
      onChange={setOrder}
    />
  );
}

/** The queue: what there is to decide. Server state: the query cache. View state (query, selection): zustand. */
export function AlertsScreen() {
  const q = useQueue((queue) => queue.q);
  const order = useQueue((queue) => queue.order);
  const set = useView((view) => view.set);
  const list = usePagedList(
    useMemo(() => alertRows({ q, order }), [q, order]),
    useQuery(alertCountsQuery(q)).data?.total,
  );
  const frame = useRef<HTMLDivElement>(null);
  const toList = () => frame.current?.querySelector<HTMLElement>("[role=grid]")?.focus();
  useEffect(() => set({ list: "alerts" }), [set]);
  // Who comes back acts on the row under the cursor: a selection made before is out of sight, and forgotten.
  useEffect(() => useQueue.getState().clearSelection, []);
  useKeys(
    {
      back: () => {
        const { selection, clearSelection, ask } = useQueue.getState();
        if (selection.kind === "none") ask(defaultQuery);
        else clearSelection();
      },
    },
    () => {
      const { selection, text } = useQueue.getState();
      return selection.kind === "none" && text === defaultQuery ? "nothing is selected or filtered" : null;
    },
  );
  return (
    <div ref={frame} className="flex h-full flex-col">
      <search className="flex shrink-0 items-center gap-2.5 px-4 py-2.5">
        <QueryBar onLeave={toList} />
        <QueryHelp
          language={alertLanguage}
          onAdd={(example) => {
            const { text, ask } = useQueue.getState();
            ask(`${text.trim()} ${example}`.trim());
          }}
        >
          Anything else is looked for as text in client, host, request and payload.
        </QueryHelp>
        <SavedQueries />
        <ExportMenu />
        <Order />
        <DensityButton />
      </search>
      <Facets />
      <ActionBar rows={list.rows} />
      <div className="min-h-0 flex-1 bg-surface">
        <AlertTable list={list} />
      </div>
    </div>
  );
}
