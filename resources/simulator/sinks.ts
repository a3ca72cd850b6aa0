import { basename, dirname } from "node:path";
import type { SinkKind } from "../../shared/simulator.ts";
import { findActiveMarkup, forbidsInline, stemsFrom } from "./active-markup.ts";
import { findDecoy } from "./decoys.ts";
import { findErrorTrace } from "./error-trace.ts";
import { type Comparison, event, eventsOf, type Sink } from "./observation.ts";
import { shellStructure } from "./shell-structure.ts";
import { breaksOut, sqlStructure } from "./sql-structure.ts";
import type { Reply } from "./visitor.ts";

/**
 * A statement of the attack whose structure the clean run has nowhere at that place, unless the value stands in one literal of it. A
 * value that the application changed on the way is judged by the structure alone.
 */
const sqlStructureSink: Sink = ({ payload, others, clean, attack }) => {
  const cleanStatements = eventsOf(clean, "sql");
  return eventsOf(attack, "sql").flatMap(({ statement, site }) => {
    const structure = sqlStructure(statement);
    const there = cleanStatements.filter((one) => one.site === site);
    if (there.some((one) => sqlStructure(one.statement) === structure)) return [];
    const breaks = breaksOut(statement, payload.forms);
    // A statement that the clean run did not come to says nothing, unless the value broke out of its place in it.
    if (breaks === false || (breaks === null && there.length === 0)) return [];
    // Another value of the same request explains it.
    if (breaks === null && breaksOut(statement, others) === true) return [];
    const what = "The value became part of the statement: its structure is not that of the clean run";
    return [event("sql_structure", true, { where: site, what, evidence: statement, clean: there[0]?.statement ?? "" })];
  });
};

/** A file that the payload names, beyond the application's folders or beyond the one that this place reads from. */
const fileReadSink: Sink = ({ payload, clean, attack, roots, cleanReads }) => {
  const bySite = new Map(eventsOf(clean, "read").map(({ site, path }) => [site, dirname(path)]));
  const inside = eventsOf(attack, "read").flatMap(({ path, ok, site }) => {
    if (cleanReads.has(path) || !names(payload.forms, path)) return [];
    const isUnder = (folder: string) => path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
    const folder = bySite.get(site);
    const isOutside = !roots.some(isUnder);
    if (!isOutside && (folder === undefined || isUnder(folder))) return [];
    const beyond = isOutside ? "the application's folders" : "the folder that this place reads from";
    const what = ok
      ? `A file beyond ${beyond} was read`
      : `A file beyond ${beyond} was asked for; it could not be read`;
    return [event("file_read", ok, { where: site, what, evidence: path, clean: folder ?? "" })];
  });
  return inside.length > 0 ? inside : shownDecoys(clean.replies, attack.replies);
};

/** Files that only an application which reads beyond its folders can show. */
function shownDecoys(clean: readonly Reply[], attack: readonly Reply[]) {
  const known = new Set(clean.flatMap(({ body }) => findDecoy(body)?.file ?? []));
  return attack.flatMap(({ body }) => {
    const found = findDecoy(body);
    if (found === null || known.has(found.file)) return [];
    const what = "The response shows a file beyond the application's folders";
    return [event("file_read", true, { where: "response", what, evidence: `${found.file}: ${found.line}` })];
  });
}

const names = (forms: readonly string[], path: string) => {
  const name = basename(path);
  return name !== "" && forms.some((form) => form.includes(name));
};

/** Programs that were started, or a shell's command line whose structure changed. */
const processSink: Sink = ({ payload, clean, attack, isHooked }) => {
  if (!isHooked) return processesSeen(clean.processes, attack.processes);
  const cleanStarts = eventsOf(clean, "spawn");
  const isShell = (args: readonly string[]) => /(?:^|\/)(?:ba|da|z|k)?sh$/.test(args[0] ?? "") && args[1] === "-c";
  const structure = (args: readonly string[]) =>
    isShell(args) ? `sh ${shellStructure(args[2] ?? "")}` : `${args[0]} ${args.length}`;
  return eventsOf(attack, "spawn").flatMap(({ args, site }) => {
    const there = cleanStarts.filter((one) => one.site === site);
    if (there.some((one) => structure(one.args) === structure(args))) return [];
    const isOfPayload = payload.forms.some((form) => form !== "" && args.some((one) => one.includes(form)));
    if (there.length === 0 && !isOfPayload) return [];
    const what = isShell(args)
      ? "The value became part of the shell's command line: its structure is not that of the clean run"
      : "A process was started that the clean run did not start so";
    return [
      event("process", true, {
        where: site,
        what,
        evidence: args.join(" "),
        clean: there[0]?.args.join(" ") ?? "",
      }),
    ];
  });
};

function processesSeen(clean: Comparison["clean"]["processes"], attack: Comparison["clean"]["processes"]) {
  const program = (command: string) => basename(command.split(" ", 1)[0] ?? "");
  const structure = (command: string) => {
    const shell = /^(?:\S*\/)?(?:ba|da|z|k)?sh -c (.*)$/s.exec(command)?.[1];
    return shell === undefined ? program(command) : `sh ${shellStructure(shell)}`;
  };
  const known = new Set(clean.commands.map(structure));
  const started = attack.commands.filter((command) => !known.has(structure(command)));
  if (started.length > 0) {
    const what = "Processes were seen in the sandbox that the clean run did not start";
    const seen = [...new Set(started)];
    return [
      event("process", true, {
        where: "process table",
        what,
        evidence: seen.join("\n"),
        clean: clean.commands.join("\n"),
      }),
    ];
  }
  return [];
}

const isMarkup = ({ headers }: Reply) => {
  const type = headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
  return type === "" || /html|xml|svg/i.test(type);
};

/** Markup that would run, stems from the payload, and is in no page of the clean run. */
const activeMarkupSink: Sink = ({ payload, clean, attack }) => {
  const read = (reply: Reply) => (isMarkup(reply) ? findActiveMarkup(reply.body) : []);
  const known = new Set(clean.replies.flatMap(read).map(({ where, text }) => `${where}\n${text}`));
  return attack.replies.flatMap((reply) => {
    const policies = reply.headers
      .filter(([name]) => /^content-security-policy$/i.test(name))
      .map(([, value]) => value);
    return read(reply)
      .filter(({ where, text }) => !known.has(`${where}\n${text}`) && stemsFrom(text, payload.forms))
      .map(({ where, text, isInline }) => {
        const isHeld = isInline && forbidsInline(policies);
        const what = isHeld
          ? "The value became active markup, which the page's content security policy holds"
          : "The value became active markup in the page";
        return event("active_markup", !isHeld, { where, what, evidence: text });
      });
  });
};

/** A file or an address that a document names, asked for while it was read. */
const externalEntitySink: Sink = ({ payload, clean, attack, cleanReads }) => {
  const isDocument =
    payload.class === "xxe" || payload.forms.some((form) => /<!(?:DOCTYPE|ENTITY)|xi:include/i.test(form));
  if (!isDocument) return [];
  const files = eventsOf(attack, "read").filter(({ path }) => !cleanReads.has(path) && names(payload.forms, path));
  const known = new Set(eventsOf(clean, "connect").map(({ to }) => to));
  const addresses = eventsOf(attack, "connect").filter(({ to }) => !known.has(to));
  const found = [
    ...files.map(({ path, ok, site }) =>
      event("external_entity", ok, {
        where: site,
        what: ok
          ? "An entity of the document was read from a file"
          : "A file was asked for as an entity of the document; it could not be read",
        evidence: path,
      }),
    ),
    ...addresses.map(({ to, site }) =>
      event("external_entity", true, {
        where: site,
        what: "An address was called for an entity of the document",
        evidence: to,
      }),
    ),
  ];
  if (found.length > 0) return found;
  return shownDecoys(clean.replies, attack.replies).map((one) => ({
    ...one,
    sink: "external_entity",
    what: "The response shows a file that the document names as an entity",
  }));
};

/** What a forged request changed, beyond what the same request changes without anybody's cookies. */
const stateChangeSink: Sink = ({ payload, attack, control, witnessed, sent }) => {
  if (!payload.isForged) return [];
  const anybody = new Set(eventsOf(control, "write").map(({ statement }) => sqlStructure(statement)));
  const writes = eventsOf(attack, "write").filter(({ statement }) => !anybody.has(sqlStructure(statement)));
  if (writes.length > 0) {
    const what = "The form of another site, without a token, changed the database in the visitor's name";
    return writes.map(({ statement, site }) => event("state_change", true, { where: site, what, evidence: statement }));
  }
  const values = [...new URLSearchParams(sent.body ?? "").values()].filter((value) => value.length >= 4);
  const shown = values.filter((value) => witnessed.after.includes(value) && !witnessed.before.includes(value));
  if (shown.length === 0) return [];
  const what = "After the form of another site, without a token, the visitor's own page shows what was in it";
  return [event("state_change", true, { where: "page of the form", what, evidence: shown.join("\n") })];
};

/** What of its inside the response tells that the clean one does not. */
const errorTraceSink: Sink = ({ clean, attack }) => {
  const known = new Set(clean.replies.map(({ body }) => findErrorTrace(body)?.what));
  return attack.replies.flatMap(({ body, status }) => {
    const found = findErrorTrace(body);
    if (found === null || known.has(found.what)) return [];
    const what = `The response (${status}) tells ${found.what}`;
    return [event("error_trace", true, { where: "response", what, evidence: found.line })];
  });
};

/** By kind; a delay is measured by repeating, see `delay.ts`. */
export const sinks: Readonly<Record<Exclude<SinkKind, "delay">, Sink>> = {
  sql_structure: sqlStructureSink,
  file_read: fileReadSink,
  process: processSink,
  active_markup: activeMarkupSink,
  external_entity: externalEntitySink,
  state_change: stateChangeSink,
  error_trace: errorTraceSink,
};

/** The sinks that an application lets be watched. */
export function availableSinks(hooked: readonly string[] | null): SinkKind[] {
  const fromOutside: SinkKind[] = [
    "file_read",
    "process",
    "active_markup",
    "external_entity",
    "state_change",
    "error_trace",
    "delay",
  ];
  return hooked !== null && hooked.length > 0 ? ["sql_structure", ...fromOutside] : fromOutside;
}
