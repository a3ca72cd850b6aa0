import { z } from "zod";
import { type ErasureItem, PersonFound } from "../../shared/erasure.ts";
import { SentinelError } from "../../shared/errors.ts";
import type { BackingUp } from "./backing-up.ts";
import { type Clock, toInstant } from "./base/clock.ts";
import { contentId, uuidv7 } from "./base/ids.ts";
import type { Logger } from "./base/logging.ts";
import { enginePrincipal, type Principal } from "./base/principals.ts";
import { evidenceNaming } from "./detect/verdicts/verdict-search.ts";
import type { Engine } from "./engine-interface.ts";
import { eraseAgain, eraseEvidence, eraseTexts, reachBackups, tidyUp } from "./erasing.ts";
import type { EvidenceRoom } from "./evidence/evidence.ts";
import { evidenceById } from "./evidence/evidence-tables.ts";
import { createPersonMatcher, evidenceNames, type NamesPerson, textNames } from "./evidence/person-search.ts";
import { toldTexts } from "./fleet/followed-verdicts.ts";
import type { ReportKeeping } from "./keeping-reports.ts";
import { filesByTag } from "./learn/erase-samples.ts";
import { exampleTexts, forgetExamples } from "./respond/gatekeeper/hit-table.ts";
import { forgetRoutes, keptRoutes } from "./respond/gatekeeper/measure-table.ts";
import type { DataDirectory } from "./store/data-directory.ts";
import { eventsAfter } from "./store/event-table.ts";
import { forgetJobsNaming, forgetQueryJobs } from "./store/job-table.ts";
import type { JobContext, Jobs } from "./store/jobs.ts";
import { findSealed, subjectTag } from "./store/seal.ts";
import type { StoreHost } from "./store/store.ts";
import { addTombstones, findSetAside, readTombstones } from "./store/tombstones.ts";
import { erasureFacts, evidenceBefore } from "./triage/evidence-holds.ts";
import { createLabelIds, eraseLabels, findLabels } from "./triage/label-erasure.ts";

export interface ErasureOptions {
  readonly directory: DataDirectory;
  readonly store: StoreHost;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly log: Logger;
  readonly evidence: EvidenceRoom;
  readonly backingUp: BackingUp;
  readonly keeping: Pick<ReportKeeping, "removeErased">;
  /** Does something with evidence while nothing analyses it. */
  readonly alone: <T>(evidenceId: string, work: () => Promise<T>, signal: AbortSignal) => Promise<T>;
  /** Hears that a piece of evidence and its verdicts are gone. */
  readonly onErased: (evidenceId: string) => void;
}

export interface Erasure extends Omit<Engine["erasure"], "retention"> {
  /** Before anything else runs: what a crash left undone, or what came back with older data, is erased. */
  finish(): Promise<void>;
  /** Erases evidence that came before a moment and that nothing holds. @returns the job; null: there is none */
  eraseBefore(before: string, by: Principal): Promise<string | null>;
  /** What `eraseBefore` would do. */
  before(before: string): Promise<{ items: ErasureItem[]; total: number; held: number }>;
}

type Because = "asked" | "retention" | "person";

const byRetention = z.looseObject({ because: z.literal("retention") });
const SearchResult = PersonFound.extend({ search: z.string() });

/** Pieces of evidence that are listed by name, and that one job erases. */
const atOnce = 1000;
const eventsAtOnce = 500;

const routeId = (route: string) => contentId("measured route", route);

/** Sealed under it: keys of the settings, which name nobody. */
const settingsTag = subjectTag("settings");

export function createErasure(options: ErasureOptions): Erasure {
  const { directory, store, jobs, clock, log, evidence, backingUp } = options;
  const labelId = createLabelIds(directory.checkpointSeed);
  /** Persons who were searched for, by job: never stored, so that erasing one leaves no further trace of them. */
  const persons = new Map<string, string>();

  /** Of everything that was ever erased: what a broken-off run erased is in earlier backups, too. @returns ids of those not reached */
  async function reachAll(): Promise<string[]> {
    const missed = await reachBackups(await backingUp.list(), await readTombstones(directory.keysPath));
    if (missed.length > 0) log.warn({ backups: missed.length }, "Backups still hold keys of what was erased.");
    return missed.map(({ id }) => id);
  }

  /** Of everything that was ever erased, too: a shelf that was away, or a retention, may have ended since. */
  async function reachReports() {
    const stones = await readTombstones(directory.keysPath);
    const erased = new Set(stones.flatMap((one) => (one.kind === "evidence" ? [one.id] : [])));
    const { left, others } = await options.keeping.removeErased((id) => erased.has(id));
    if (left.length > 0) log.warn({ reports: left.length }, "The shelf still has reports of what was erased.");
    return { reports_left: left, reports_others: others };
  }

  async function after(progress: JobContext<never>["progress"]) {
    progress({ step: "reaching backups" });
    const missed = await reachAll();
    await store.write(forgetQueryJobs, null);
    progress({ step: "tidying up" });
    const isTidy = await tidyUp(store);
    if (!isTidy) log.warn("What was erased is still in the write-ahead log: readers were at work.");
    const aside = await findSetAside(directory.path);
    progress({ step: "reaching reports on the shelf" });
    const reports = await reachReports();
    return { backups_missed: missed, set_aside: aside.length, tidy: isTidy, ...reports };
  }

  /** Erases, and then clears up, also when the work is broken off: what was erased by then is erased everywhere. */
  async function thenClear(work: () => Promise<void>, { progress }: JobContext<never>) {
    try {
      await work();
    } catch (error) {
      await after(progress).catch((err: unknown) => log.error({ err }, "Clearing up behind an erasure failed."));
      throw error;
    }
    return await after(progress);
  }

  async function eraseAll(ids: readonly string[], because: Because, { by, signal, progress }: JobContext<never>) {
    progress({ step: "erasing", done: 0, total: ids.length, unit: "pieces of evidence" });
    for (const [done, id] of ids.entries()) {
      signal.throwIfAborted();
      await options.alone(
        id,
        async () => {
          const found = await store.read(evidenceById, id);
          if (found === null || (because === "retention" && (await isHeld(id)))) return;
          await eraseEvidence({ directory, store, clock, by }, { id, sha256: found.sha256 }, because);
          options.onErased(id);
        },
        signal,
      );
      progress({ done: done + 1 });
    }
  }

  /** Pinned, or needed by an alert that was opened again, since retention chose it. */
  async function isHeld(id: string): Promise<boolean> {
    return (await store.read(erasureFacts, [id])).some(({ hold }) => hold !== null);
  }

  jobs.register<{ ids: string[]; because: Because }, never>({
    kind: "erase",
    role: "admin",
    resumable: true,
    resumeAtStart: true,
    light: true,
    run: (args, context) => backingUp.alone(() => eraseAsked(args, context), context.signal),
  });

  async function eraseAsked(
    { ids, because }: { ids: readonly string[]; because: Because },
    context: JobContext<never>,
  ) {
    const cleared = await thenClear(() => eraseAll(ids, because, context), context);
    const known = new Set(ids);
    // Also of what an earlier, broken-off run of this job erased.
    const all = (await readTombstones(directory.keysPath)).filter(
      (one) => one.kind === "evidence" && known.has(one.id),
    );
    return { erased: all.length, ...cleared };
  }

  jobs.register<{ search: string }, never>({
    kind: "search-person",
    role: "admin",
    resumable: false,
    async run({ search }, context) {
      const person = persons.get(search);
      if (person === undefined) throw new SentinelError("CANCELLED", "The search was broken off.");
      return { ...(await searchFor(person, context)), search };
    },
  });

  jobs.register<{ found: PersonFound; search: string }, never>({
    kind: "erase-person",
    role: "admin",
    resumable: true,
    resumeAtStart: true,
    light: true,
    run: (args, context) => backingUp.alone(() => erasePerson(args, context), context.signal),
  });

  async function erasePerson({ found, search }: { found: PersonFound; search: string }, context: JobContext<never>) {
    let labelled = 0;
    const rest = await thenClear(async () => {
      await eraseAll(found.evidence, "person", context);
      await eraseTexts({ directory, store, clock, by: context.by }, found.texts);
      await store.write(forgetExamples, found.hits ?? []);
      labelled = await takeLabelsOff(found.labels ?? [], context);
      const named = new Set(found.routes);
      await store.write(forgetRoutes, await searchRoutes((route) => named.has(routeId(route)), context.signal));
      const person = persons.get(search);
      persons.delete(search);
      if (person !== undefined) await store.write(forgetJobsNaming, person);
    }, context);
    return {
      erased: found.evidence.length,
      texts: found.texts.length,
      hits: found.hits?.length ?? 0,
      labelled,
      log_entries: found.log_entries,
      ...rest,
    };
  }

  /** First the tombstones: a restore of what is older takes them off again. */
  async function takeLabelsOff(labels: readonly string[], { by, signal }: JobContext<never>): Promise<number> {
    const at = toInstant(clock.now());
    await addTombstones(
      directory.keysPath,
      labels.map((label) => ({ kind: "label", label, at })),
    );
    return await eraseLabels(store, labels, labelId, by, signal);
  }

  async function searchFor(person: string, { signal, progress }: JobContext<never>): Promise<PersonFound> {
    const names = createPersonMatcher(person);
    progress({ step: "searching what was derived" });
    const naming = new Set(await store.read(evidenceNaming, person));
    const found: string[] = [];
    let done = 0;
    for (let before: string | undefined; ; ) {
      const page = await evidence.list({ limit: 100, before });
      for (const one of page.items) {
        signal.throwIfAborted();
        progress({ step: "searching the evidence", done: ++done, unit: "pieces of evidence" });
        const isNamed = names(one.file_name) || names(one.custody.recorded_by ?? "") || naming.has(one.id);
        if (isNamed || (await contentNames(one.id, names, signal))) found.push(one.id);
      }
      if (page.next === null) break;
      before = page.next;
    }
    progress({ step: "searching texts" });
    const log = await searchLog(names, signal);
    progress({ step: "searching imported datasets" });
    for (const [tag, sha256] of await filesByTag(store)) {
      if (log.texts.includes(tag) || (await directory.blobs.size(sha256)) === null) continue;
      if (await textNames(directory.blobs.open(sha256, { signal }), names, signal)) log.texts.push(tag);
    }
    progress({ step: "searching what rules matched" });
    const hits = await searchHits(names, signal);
    // As hashes: a job's own row must not name the person.
    const routes = (await searchRoutes(names, signal)).map(routeId);
    progress({ step: "searching tags and assignees" });
    const labels = await findLabels(store, names, labelId, signal);
    const own = new Set(found.map(subjectTag));
    return {
      evidence: found,
      texts: log.texts.filter((tag) => !own.has(tag)),
      hits,
      routes,
      ...labels,
      log_entries: log.entries,
    };
  }

  async function searchHits(names: NamesPerson, signal: AbortSignal): Promise<string[]> {
    const found: string[] = [];
    for (let after = ""; ; ) {
      signal.throwIfAborted();
      const page = await store.read(exampleTexts, { after, limit: eventsAtOnce });
      found.push(...page.flatMap(({ id, text }) => (names(text) ? [id] : [])));
      if (page.length < eventsAtOnce) return found;
      after = page.at(-1)!.id;
    }
  }

  /** Routes that were measured: a template leaves plain words in a path as they are. */
  async function searchRoutes(names: NamesPerson, signal: AbortSignal): Promise<string[]> {
    const found: string[] = [];
    for (let after = ""; ; ) {
      signal.throwIfAborted();
      const page = await store.read(keptRoutes, { after, limit: eventsAtOnce });
      found.push(...page.filter(names));
      if (page.length < eventsAtOnce) return found;
      after = page.at(-1)!;
    }
  }

  async function contentNames(id: string, names: NamesPerson, signal: AbortSignal): Promise<boolean> {
    const stored = await store.read(evidenceById, id);
    if (stored === null) return false;
    const { evidence: one, gzip, atFleet } = stored;
    // Of what lies at the fleet only what was told of it is here.
    if (atFleet) return (await store.read(toldTexts, id)).some(names);
    return await evidenceNames({ kind: one.kind, gzip }, () => evidence.open(id, signal), names, signal);
  }

  /** Sealed texts that name a person, by subject, and how many events do so in clear. */
  async function searchLog(names: NamesPerson, signal: AbortSignal): Promise<{ texts: string[]; entries: number }> {
    const texts = new Set<string>();
    let entries = 0;
    for (let seq = 0; ; ) {
      const events = await store.read(eventsAfter, { after: seq, limit: eventsAtOnce });
      for (const event of events) {
        signal.throwIfAborted();
        const text = JSON.stringify([event.entity_id, event.payload, event.inverse]);
        let clear = text;
        for (const { sealed, tag } of findSealed(text)) {
          clear = clear.replace(sealed, "");
          if (tag === settingsTag || texts.has(tag)) continue;
          const opened = await directory.sealer.unseal(sealed).catch(() => null);
          if (opened !== null && names(opened)) texts.add(tag);
        }
        if (names(clear)) entries++;
      }
      if (events.length < eventsAtOnce) return { texts: [...texts], entries };
      seq = events.at(-1)!.seq;
    }
  }

  async function toItems(ids: readonly string[]): Promise<ErasureItem[]> {
    return [...(await store.read(erasureFacts, ids))];
  }

  return {
    async finish() {
      const stones = await readTombstones(directory.keysPath);
      if (stones.length === 0) return;
      const erased = await eraseAgain({ directory, store, clock, by: enginePrincipal, stones });
      if (erased > 0)
        log.warn({ evidence: erased }, "Evidence that was erased had come back, or was left half-erased.");
      await reachAll();
    },
    async preview({ ids }) {
      const items = await toItems(ids);
      return { items, total: items.length };
    },
    async erase({ ids }, by) {
      const items = await toItems(ids);
      if (items.length === 0) throw new SentinelError("NOT_FOUND", "There is no such evidence.");
      // SECURITY: no file name stays in the list of jobs.
      const subject =
        items.length === 1 ? "Erasure of one piece of evidence" : `Erasure of ${items.length} pieces of evidence`;
      return {
        job_id: (await jobs.start("erase", { ids: items.map(({ id }) => id), because: "asked" }, subject, by)).id,
      };
    },
    async searchPerson({ person }, by) {
      const search = uuidv7(clock);
      // Who begins another search gives the last one up.
      persons.clear();
      persons.set(search, person);
      return { job_id: (await jobs.start("search-person", { search }, "Search for a person", by)).id };
    },
    async erasePerson({ search_job_id }, by) {
      const { kind, state, result } = await jobs.get(search_job_id);
      const outcome = SearchResult.safeParse(result);
      if (kind !== "search-person" || state !== "done" || !outcome.success || !persons.has(outcome.data.search)) {
        throw new SentinelError("CONFLICT", "That search has not ended, or is not the last one: search again.");
      }
      const { search, ...found } = outcome.data;
      return { job_id: (await jobs.start("erase-person", { found, search }, "Erasure of a person", by)).id };
    },
    async eraseBefore(before, by) {
      const { ids } = await store.read(evidenceBefore, { before, limit: atOnce });
      if (ids.length === 0 || jobs.active("erase").some((args) => byRetention.safeParse(args).success)) return null;
      const subject = `Retention: erasure of ${ids.length} pieces of evidence`;
      return (await jobs.start("erase", { ids, because: "retention" }, subject, by)).id;
    },
    async before(before) {
      const { free, held, ids } = await store.read(evidenceBefore, { before, limit: atOnce });
      return { items: await toItems(ids), total: free, held };
    },
  };
}
