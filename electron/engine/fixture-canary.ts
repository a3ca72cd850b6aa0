import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SentinelError } from "../../shared/errors.ts";
import { approvalModule } from "./approve/approval-state.ts";
import { createApprovals } from "./approve/approvals.ts";
import { createLogger } from "./base/logging.ts";
import type { Principal } from "./base/principals.ts";
import { createCanary } from "./canary.ts";
import type { SessionTrial } from "./detect/serving/session-trial.ts";
import { canaryModule } from "./learn/canary/canary-state.ts";
import { defaultLimits, judgeTrial, noTrial, observeSession } from "./learn/canary/trial.ts";
import { eventsAfter } from "./store/event-table.ts";
import { openInlineStore } from "./store/inline-store.ts";
import { openKeyStore } from "./store/key-store.ts";
import { createSealer } from "./store/seal.ts";

export const ana: Principal = { actor: "ana", role: "approver", caller: "ui" };
export const shipped = "0".repeat(64);
export const model_id = "a".repeat(64);
export const other = "b".repeat(64);
export const like: SessionTrial = { errors: 0, latency: 0.5, disagreement: 0, drift: 0 };
/** Sessions after which a step is passed where both models say the same. */
export const enough = (() => {
  let state = noTrial;
  for (let n = 1; ; n++) {
    state = observeSession(state, like);
    if (judgeTrial(state, defaultLimits).decision === "step") return n;
  }
})();

const hashOf = (choice: string) => (choice === "built-in" ? shipped : choice.replace("model:", ""));

/** A canary over a real log; the registry and what decides are told what to say. */
export async function openTrial() {
  const folder = mkdtempSync(join(tmpdir(), "sentinel-canary-"));
  let time = Date.UTC(2026, 0, 1);
  const clock = { now: () => time };
  const store = openInlineStore({ modules: [canaryModule, approvalModule], clock });
  const keys = await openKeyStore({ directory: folder, ring: { current: "k", keys: { k: Buffer.alloc(32, 7) } } });
  const approvals = createApprovals({ store, sealer: createSealer(keys), clock, nodeId: "inline" });

  function open() {
    const deployed = (hash: string) => ({ kind: "built-in" as const, path: "", hash, onnxEntry: "" });
    return createCanary({
      ...{ store, clock, approvals, nodeId: "inline" },
      log: createLogger("silent", { write: () => {} }),
      isHeld: async () => t.isHeld,
      standing: async () => t.standing,
      async candidate(id) {
        if (!t.allowed.has(id)) throw new SentinelError("GATES_FAILED", "It may not decide.");
        return deployed(id);
      },
      champion: async () => deployed(hashOf(t.choice)),
      choice: async () => t.choice,
      choiceOf: (id) => `model:${id}`,
      async choose(wanted, by, along) {
        if (wanted !== "built-in" && !t.allowed.has(hashOf(wanted)))
          throw new SentinelError("NOT_FOUND", "It is gone.");
        // Another request may come in meanwhile.
        await new Promise((resolve) => setImmediate(resolve));
        await t.opening();
        if (along !== undefined) await store.append(await along(), by);
        t.choice = wanted;
        await t.chosen();
        await t.canary.follow();
      },
      challenger: async () => t.named,
      async nameChallenger(id, by) {
        t.named = id;
        t.namings.push(`${by.actor}: ${id?.[0] ?? null}`);
      },
      onChange: () => {},
    });
  }

  const lastEvent = async () => (await store.read(eventsAfter, { after: 0, limit: 999 })).at(-1)!.id;

  const t = {
    store,
    approvals,
    pass(milliseconds: number): void {
      time += milliseconds;
    },
    /** What decides, by the setting; what may; what the registry calls the challenger. */
    choice: "built-in",
    allowed: new Set([model_id, other]),
    named: null as string | null,
    namings: [] as string[],
    standing: { version: 1, authors: ["trainer"] as readonly string[] },
    isHeld: false,
    /** While a model that is chosen is opened; and once it is chosen, before that is followed. */
    opening: async () => {},
    chosen: async () => {},
    canary: null as unknown as ReturnType<typeof createCanary>,
    promote: (canary_percent: number, mode?: "automatic" | "by_hand", by = ana) =>
      t.canary.operations.promote({ model_id, canary_percent, ...(mode === undefined ? {} : { mode }) }, by),
    /** Sessions of the step as it is. */
    async see(count: number, session = like): Promise<void> {
      const { champion, percent } = await t.canary.operations.get();
      t.canary.hear({ challenger: model_id, champion, percent: percent!, sessions: new Array(count).fill(session) });
      await t.canary.follow();
    },
    lastEvent,
    /** Takes the last move back, as the engine does. */
    async undo(id?: string): Promise<void> {
      await store.undo(id ?? (await lastEvent()), ana);
      await t.canary.follow(true);
    },
    /** The engine ends and begins again. */
    async restart(): Promise<void> {
      await t.canary.close();
      t.canary = open();
      await t.canary.follow();
    },
    async close(): Promise<void> {
      await t.canary.close();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
  t.canary = open();
  await t.canary.follow();
  return t;
}

export type Trial = Awaited<ReturnType<typeof openTrial>>;
