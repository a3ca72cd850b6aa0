import type { QueryClient } from "@tanstack/react-query";
import type { Alert, AlertHistoryEntry } from "../../shared/alert.ts";
import { visibleWords } from "../../shared/visible-text.ts";
import { type AlertDetail, alertQuery, readAlerts } from "../queries/alerts.ts";
import { CallFailed } from "../queries/client.ts";
import { describeChange, nameAlert } from "../view/alert-change.ts";
import { formatPlural } from "../view/format.ts";
import { ownName } from "../view/own-name.ts";
import type { TimeZone } from "../view/view.ts";
import { patchAlerts } from "./alert-cache.ts";

/** What was done to an alert, as it stands behind its name. */
export function describeEntry({ change, noted, note_removed }: AlertHistoryEntry, zone: TimeZone): string {
  const { reason, tags, ...rest } = change ?? {};
  const words = change === null ? "" : describeChange({ ...rest, ...(reason == null ? {} : { reason }) }, zone);
  return [
    words,
    tags === undefined ? "" : tags.length === 0 ? "without tags" : `tags set to ${tags.join(", ")}`,
    noted ? "note written" : "",
    note_removed ? "note removed" : "",
  ]
    .filter((part) => part !== "")
    .join(", ");
}

/** Somebody by name; at this window there is only one of them. */
export function nameActor(actor: string): string {
  return actor === ownName ? `${actor} (you, perhaps in another window)` : visibleWords(actor);
}

/** Why alerts were not changed, in words; where somebody was quicker, who that was and what they did. Shows how they stand now. */
export async function explainRefusal(
  client: QueryClient,
  error: Error,
  before: readonly Alert[],
  zone: TimeZone,
): Promise<string> {
  if (!(error instanceof CallFailed)) return error.message;
  const isMoved = error.code === "CONFLICT" && error.details?.base_version !== undefined;
  if (!isMoved && error.code !== "NOT_FOUND") return error.message;
  const now = new Map((await readAlerts(before.map(({ id }) => id))).map((alert) => [alert.id, alert]));
  patchAlerts(client, [...now.values()], { isForced: true });
  const gone = before.filter(({ id }) => !now.has(id));
  const moved = before.filter(({ id, version }) => now.has(id) && now.get(id)?.version !== version);
  const [first] = moved;
  if (first === undefined) {
    return gone.length === 0
      ? error.message
      : `${formatPlural(gone.length, "alert")} of them ${gone.length === 1 ? "is" : "are"} gone: the evidence was withdrawn.`;
  }
  const { history }: AlertDetail = await client.fetchQuery({ ...alertQuery(first.id), staleTime: 0 });
  const [last] = history;
  const who = last === undefined ? "" : ` ${describeEntry(last, zone)} by ${nameActor(last.by)}`;
  const others = moved.length > 1 ? `, and ${formatPlural(moved.length - 1, "other alert")} changed as well` : "";
  const which = before.length === 1 ? "it" : nameAlert(first);
  return `meanwhile ${which} was changed:${who}${others}. Nothing was overwritten; this is how it stands now.`;
}
