import { useQuery } from "@tanstack/react-query";
import { retentionQuery } from "../../queries/data.ts";
import { ErasureList } from "../../ui/erase-dialog.tsx";
import { PanelStatus } from "../../ui/panel-status.tsx";
import { formatPlural } from "../../view/format.ts";

/** What a retention of so many days would erase: as it is typed, before it is saved. @param days 0: for ever */
export function RetentionPanel({ days }: { days: number }) {
  const query = useQuery(retentionQuery(days));
  if (days === 0) {
    return (
      <p className="text-xs text-ink-2">
        Evidence is kept for ever. The setting above says after how many days it goes.
      </p>
    );
  }
  if (query.data === undefined) return <PanelStatus query={query} what="what would go" />;
  const { items, total, held } = query.data;
  const stays = held === 0 ? "" : ` ${formatPlural(held, "older piece")} stay: pinned, or an open alert needs them.`;
  return (
    <div className="space-y-2">
      <p role="status" className={`text-xs ${total === 0 ? "text-ink-2" : "text-warn"}`}>
        {total === 0
          ? `Nothing is older than ${formatPlural(days, "day")} and free to go.`
          : `${formatPlural(total, "piece")} of evidence would be erased for good, within the hour after saving.`}
        {stays}
      </p>
      {total > 0 && <ErasureList items={items} total={total} />}
    </div>
  );
}
