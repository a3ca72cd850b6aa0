import { readyRequest } from "./agent/templates/ready-tasks.ts";
import { findVerdict } from "./detect/verdicts/verdict-tables.ts";
import { attackOf } from "./report/report-parts.ts";
import type { Store } from "./store/store.ts";
import { alertsByIds } from "./triage/alert-list.ts";
import { caseFamily } from "./triage/case-state.ts";
import type { CaseRoom } from "./triage/cases.ts";

/** Characters of a path or a title: a list is read at a glance. */
const mostCharacters = 60;

/**
 * Names ready tasks by what they are about, as the queue shows it: "Summarise: SQL injection, GET /search, 203.0.113.7".
 *
 * @returns of a request what to call its task, with text that an attacker wrote; null: it is no ready task about one thing, or that is gone
 */
export function createReadyTaskTitles(store: Store, cases: Pick<CaseRoom, "titleOf">) {
  async function nameOf({ kind, id }: NonNullable<ReturnType<typeof readyRequest>>["subject"]): Promise<string | null> {
    if (kind === "case") {
      const isThere = (await store.read(caseFamily, id)).length > 0;
      return isThere ? cut((await cases.titleOf(id)) ?? "") : null;
    }
    if (kind === "alert") {
      const [alert] = await store.read(alertsByIds, [id]);
      return alert === undefined ? null : join([attackOf(alert), alert.request_line, alert.client]);
    }
    const session = await store.read(findVerdict, id);
    if (session === null) return null;
    return join([session.class === "benign" ? null : attackOf(session), session.requestLine, session.client]);
  }
  return async (request: string | null): Promise<string | null> => {
    const ready = request === null ? null : readyRequest(request);
    const name = ready === null ? null : await nameOf(ready.subject);
    return name ? `${ready!.title}: ${name}` : null;
  };
}

const join = (parts: readonly (string | null)[]) =>
  parts.flatMap((part) => (part === null ? [] : [cut(part)])).join(", ");

function cut(text: string): string {
  const characters = [...text];
  return characters.length > mostCharacters ? `${characters.slice(0, mostCharacters - 1).join("")}…` : text;
}
