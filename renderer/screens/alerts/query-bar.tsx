import { parseAlertQuery } from "../../../shared/alert-query.ts";
import { QueryField } from "../../ui/query-field.tsx";
import { useQueue } from "../../view/queue.ts";
import { useAlertCompletion } from "./use-completion.ts";

const problemsOf = (text: string) => parseAlertQuery(text, Date.now()).problems;

/**
 * The query of the queue.
 * @param onLeave hears that the analyst is done with it
 */
export function QueryBar({ onLeave }: { onLeave: () => void }) {
  const text = useQueue((queue) => queue.text);
  const { type, run } = useQueue.getState();
  return (
    <QueryField
      label="Query of the queue"
      placeholder="All alerts. Try is:open severity>=high class:sql_injection, or any text"
      text={text}
      onType={type}
      run={run}
      problemsOf={problemsOf}
      useComplete={useAlertCompletion}
      onLeave={onLeave}
    />
  );
}
