import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { SentinelError } from "../../shared/errors.ts";
import {
  GateMessage,
  type GateRefusal,
  type GateResult,
  type GateRule,
  mostGateRules,
  SignedText,
} from "../../shared/gatekeeper-protocol.ts";
import { gateRuleHash } from "../engine/respond/gatekeeper/rule-difference.ts";
import { isSaidBy } from "../engine/respond/gatekeeper/signed-text.ts";
import { writeDurably } from "../engine/store/durable-file.ts";
import { compileRules, type RuleSet } from "./decide.ts";

/** Messages as they were received: what is enforced after a restart is what the engine signed, and nothing else. */
const KeptRules = z.strictObject({
  v: z.literal(1),
  last_seq: z.number().int().min(0),
  full: SignedText.nullable(),
  single: z.array(SignedText),
});

type Changing = Extract<GateMessage["command"], { kind: "rule" | "rules" }>;
type Taken = Extract<GateResult, { kind: "taken" | "refused" }>;

/** The rules of a gatekeeper, each id at one version and so in one state. */
export interface RuleStore {
  /** Ready to match. */
  inForce(): RuleSet;
  /** Everything that is kept, rules that are off among them. */
  all(): readonly GateRule[];
  lastSeq(): number;
  /** What was wrong with the file; null: nothing. */
  problem(): string | null;
  /**
   * Takes a message whose signature, addressee and time were found good. It is on the disk before it is in force, and in force before
   * this resolves.
   */
  take(message: GateMessage & { readonly command: Changing }, as: SignedText): Promise<Taken>;
}

/**
 * @param own this gatekeeper's key
 * @param engine key of the engine whose rules are enforced
 */
export async function openRuleStore(options: { folder: string; own: string; engine: string }): Promise<RuleStore> {
  const { own, engine } = options;
  const path = join(options.folder, "rules.json");
  let lastSeq = 0;
  let problem: string | null = null;
  let full: SignedText | null = null;
  let single = new Map<string, SignedText>();
  let rules = new Map<string, GateRule>();
  let set: RuleSet = compileRules([]);
  /** One change after the other. */
  let turn: Promise<unknown> = Promise.resolve();

  function readKept(signed: SignedText): GateMessage {
    // SECURITY: a changed file enforces nothing: each rule is in force only by the engine's signature.
    if (!isSaidBy(engine, "engine", signed)) throw new Error("a message on the disk is not signed by the engine");
    const message = GateMessage.parse(JSON.parse(signed.text));
    if (message.gatekeeper !== own || message.engine !== engine)
      throw new Error("a message on the disk is for another");
    return message;
  }

  async function load(): Promise<void> {
    const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return null;
      throw error;
    });
    if (text === null) return;
    const kept = KeptRules.parse(JSON.parse(text));
    const loaded = new Map<string, GateRule>();
    const loadedSingle = new Map<string, SignedText>();
    let seq = 0;
    if (kept.full !== null) {
      const { command, seq: at } = readKept(kept.full);
      if (command.kind !== "rules") throw new Error("the full set on the disk is none");
      seq = at;
      for (const rule of command.rules) loaded.set(rule.id, rule);
    }
    const later = kept.single
      .map((signed) => ({ signed, message: readKept(signed) }))
      .sort((a, b) => a.message.seq - b.message.seq);
    for (const { signed, message } of later) {
      if (message.command.kind !== "rule" || message.seq <= (kept.full === null ? 0 : seq)) continue;
      loaded.set(message.command.rule.id, message.command.rule);
      loadedSingle.set(message.command.rule.id, signed);
    }
    set = compileRules(loaded.values());
    rules = loaded;
    full = kept.full;
    single = loadedSingle;
    lastSeq = Math.max(kept.last_seq, seq, ...later.map(({ message }) => message.seq));
  }

  const refuse = (why: GateRefusal, message: string): Taken => ({ kind: "refused", why, message, last_seq: lastSeq });

  async function change(message: GateMessage & { readonly command: Changing }, as: SignedText): Promise<Taken> {
    const { command, seq } = message;
    // SECURITY: a message that was heard before, or overtaken, changes nothing.
    if (seq <= lastSeq) return refuse("old", `A message with number ${lastSeq} was taken already.`);
    const next = new Map(command.kind === "rules" ? [] : rules);
    if (command.kind === "rule") {
      const { rule } = command;
      const known = rules.get(rule.id);
      if (known !== undefined && known.version > rule.version) {
        return refuse("stale", `Rule ${rule.id} is at version ${known.version} here.`);
      }
      if (known?.version === rule.version) {
        if (gateRuleHash(known) !== gateRuleHash(rule)) {
          return refuse("conflict", `Rule ${rule.id} is another at version ${rule.version} here.`);
        }
        return { kind: "taken", last_seq: lastSeq, changed: false };
      }
      if (known === undefined && rules.size >= mostGateRules) return refuse("invalid", "There are too many rules.");
      next.set(rule.id, rule);
    } else {
      for (const rule of command.rules) next.set(rule.id, rule);
      if (next.size !== command.rules.length) return refuse("invalid", "A rule is there twice.");
    }
    let compiled: RuleSet;
    try {
      compiled = compileRules(next.values());
    } catch (error) {
      if (!(error instanceof SentinelError)) throw error;
      return refuse("invalid", error.message.slice(0, 400));
    }
    const nextSingle = new Map(command.kind === "rules" ? [] : single);
    if (command.kind === "rule") nextSingle.set(command.rule.id, as);
    const nextFull = command.kind === "rules" ? as : full;
    const kept = { v: 1 as const, last_seq: seq, full: nextFull, single: [...nextSingle.values()] };
    await writeDurably(path, JSON.stringify(kept satisfies z.input<typeof KeptRules>));
    [lastSeq, full, single, rules, set] = [seq, nextFull, nextSingle, next, compiled];
    problem = null;
    return { kind: "taken", last_seq: lastSeq, changed: true };
  }

  try {
    await load();
  } catch (error) {
    // Nothing of a file that cannot be trusted is enforced; the engine sends what there should be.
    const reason = error instanceof Error && !(error instanceof z.ZodError) ? error.message : "it cannot be read";
    problem = `The rules on the disk are not used: ${reason.slice(0, 300)}.`;
  }
  return {
    inForce: () => set,
    all: () => [...rules.values()],
    lastSeq: () => lastSeq,
    problem: () => problem,
    take(message, as) {
      const result = turn.then(() => change(message, as));
      turn = result.catch(() => {});
      return result;
    },
  };
}
