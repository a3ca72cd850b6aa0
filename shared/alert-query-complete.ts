import { type AlertFieldName, alertLanguage } from "./alert-query-fields.ts";
import { type Completion, completeQuery, type KnownValues, toggleValue } from "./query-complete.ts";

/** See `toggleValue`. */
export function toggleTerm(q: string, field: AlertFieldName, value: string): string {
  return toggleValue(alertLanguage, q, field, value);
}

/** What could stand at the cursor of the queue's query, see `completeQuery`. */
export function completeAlertQuery(q: string, cursor: number, known: KnownValues): Completion {
  return completeQuery(alertLanguage, q, cursor, known);
}
