import { createPersonMatcher } from "../../evidence/person-search.ts";
import { defineSlowRead } from "../../store/store.ts";

/** Texts of derived rows: which columns, where from, and whose they are. */
const places = [
  { columns: ["v.client", "v.host", "v.request_line", "v.payload"], id: "v.evidence_id", from: "verdicts v" },
  { columns: ["f.findings"], id: "v.evidence_id", from: "verdict_findings f JOIN verdicts v ON v.n = f.verdict" },
  { columns: ["s.client", "s.user_agent"], id: "e.id", from: "sessions s JOIN evidence e ON e.seq = s.evidence" },
  { columns: ["r.path", "r.query"], id: "e.id", from: "requests r JOIN evidence e ON e.seq = r.evidence" },
];

/**
 * Evidence of which something derived names a person: also where the evidence itself holds the name in a coding that only the
 * detection undid. Reads every row.
 */
export const evidenceNaming = defineSlowRead("verdicts.evidence_naming", (db) => {
  const selects = places.map(({ columns, id, from }) => {
    const text = columns.map((column) => `coalesce(${column}, '')`).join(" || char(10) || ");
    const holds = columns.map((column) => `instr(lower(${column}), @person) > 0`).join(" OR ");
    return db.prepare<{ person: string }, { id: string; text: string }>(
      `SELECT ${id} AS id, ${text} AS text FROM ${from} WHERE ${holds}`,
    );
  });
  return (person: string): string[] => {
    const names = createPersonMatcher(person);
    const found = new Set<string>();
    for (const select of selects) {
      for (const { id, text } of select.iterate({ person: person.toLowerCase() })) {
        if (!found.has(id) && names(text)) found.add(id);
      }
    }
    return [...found];
  };
});
