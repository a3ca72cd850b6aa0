import type { Place } from "../../../../shared/payload.ts";

/**
 * An ordinary value for the place of a payload, safe in any coding: the plain word or number that the payload begins with, since an
 * attack mostly hangs on to one (`1' OR 1=1`, `127.0.0.1; id`), or else a word. Markup that declares something is left out.
 *
 * @param raw the value as it was sent
 */
export function ordinaryValue(raw: string, place: Place, name: string): string {
  if (place === "xml" && /^\s*<!|^\s*<xi:/i.test(raw)) return "";
  if (place === "json" && /^\s*[{["]/.test(raw)) return '"ordinary"';
  if (place === "header") return name.toLowerCase() === "user-agent" ? "Mozilla/5.0" : "ordinary";
  if (place === "file_name") return "file.txt";
  if (place === "query_name") return "name";
  // The whole path, a hidden name with the slash before it, or a segment.
  if (place === "path_segment") return !raw.startsWith("/") ? "1" : /^\/\.[^/]*$/.test(raw) ? "/1" : "/";
  if (place === "body") return "";
  const lead = /^[\p{L}\p{N}][\w.@-]{0,60}/u.exec(raw)?.[0].replace(/[.@-]+$/, "");
  // The whole of it would be the payload again, and a dot may climb.
  return lead === undefined || lead === raw || lead.includes("..") || !/^[\w.@-]+$/.test(lead) ? "ordinary" : lead;
}
