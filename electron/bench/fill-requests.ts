import { join } from "node:path";
import { systemClock, toInstant } from "../engine/base/clock.ts";
import { sha256 } from "../engine/base/ids.ts";
import { createLogger } from "../engine/base/logging.ts";
import { enginePrincipal } from "../engine/base/principals.ts";
import { createRandom } from "../engine/detect/anomaly/random.ts";
import { type RequestRow, storeRequests } from "../engine/evidence/analysis-tables.ts";
import { evidenceId } from "../engine/evidence/evidence.ts";
import type { EvidenceAdded } from "../engine/evidence/evidence-tables.ts";
import { openDataDirectory } from "../engine/store/data-directory.ts";
import { fileKeySource } from "../engine/store/master-key.ts";
import { openStore } from "../engine/store/open-store.ts";
import { workerEntry } from "../entries.ts";

const batch = 500;
const perSession = 20;
const words =
  "account order basket shipping invoice return product review price colour size stock voucher customer address payment delivery catalogue search result".split(
    " ",
  );

/** Fills a data directory with requests of one made-up log, one in a hundred thousand of them asking for `rare-needle`. */
export async function fillRequests(home: string, count: number): Promise<void> {
  const clock = systemClock;
  const keySource = fileKeySource(join(home, "secrets", "master.key"), true);
  const directory = await openDataDirectory({ path: home, keySource, clock, host: "bench" });
  const store = await openStore({
    directory: home,
    nodeId: directory.nodeId,
    entries: { writer: workerEntry("writer"), reader: workerEntry("reader") },
    readers: 1,
    checkpointSeed: directory.checkpointSeed,
    log: createLogger("error"),
  });
  const content = sha256("made-up log");
  const id = evidenceId(content);
  const custody: EvidenceAdded["custody"] = {
    brought_by: "bench",
    brought_at: toInstant(clock.now()),
    channel: "command line",
    file_name: "busy-week.log",
    size_bytes: 0,
    sha256: content,
    checks: [],
    clock_offset_ms: null,
    recorded_by: null,
  };
  const payload: EvidenceAdded = { kind: "access_log", gzip: false, sha256: content, custody };
  const draft = {
    entityType: "evidence",
    entityId: id,
    baseVersion: 0,
    kind: "evidence.added",
    payload,
    inverse: null,
  };
  const [added] = await store.append([draft], enginePrincipal);
  const random = createRandom(5);
  const word = () => words[Math.floor(random.next() * words.length)]!;
  const number = (below: number) => Math.floor(random.next() * below);
  const request = (index: number): RequestRow => ({
    index,
    session: 1 + Math.floor(index / perSession),
    offset: index * 200,
    length: 200,
    fingerprint: sha256(String(index)).slice(0, 32),
    startedAt: 1_780_000_000_000 + index * 100,
    durationMs: null,
    method: "GET",
    host: number(200_000) === 0 ? "rare.example" : "shop.example",
    path: `/${word()}/${number(5000)}${number(100_000) === 0 ? "/rare-needle" : ""}`,
    query: `?q=${word()}%20${word()}&page=${number(40)}&sort=price`,
    status: number(50_000) === 0 ? 418 : 200,
    responseSize: 5000,
  });
  const waiting: Promise<unknown>[] = [];
  for (let from = 0; from < count; from += batch) {
    const requests = Array.from({ length: Math.min(batch, count - from) }, (_, i) => request(from + i));
    const sessions = Array.from({ length: Math.ceil(requests.length / perSession) }, (_, i) => {
      const number = 1 + from / perSession + i;
      const at = { startedAt: 1, endedAt: 2, firstIndex: from, lastIndex: from + perSession, requests: perSession };
      return {
        number,
        name: `s${number}`,
        client: `203.0.${number % 250}.${number % 99}`,
        userAgent: "Mozilla/5.0",
        ...at,
      };
    });
    waiting.push(store.write(storeRequests, { evidence: added!.seq, requests, sessions }));
    if (waiting.length > 4) await waiting.shift();
  }
  await Promise.all(waiting);
  await store.close();
  directory.close();
}
