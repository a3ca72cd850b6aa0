import type { PlanRequest, PlanStep, SimulatorMessage, SimulatorPlan, SimulatorReply } from "../../shared/simulator.ts";
import { type Application, startApplication } from "./application.ts";
import { measureDelay } from "./delay.ts";
import { now, type StepEvent } from "./hook-events.ts";
import { type Comparison, eventsOf, type Observation } from "./observation.ts";
import { watchProcesses } from "./process-watch.ts";
import { availableSinks, sinks } from "./sinks.ts";
import { traceOf } from "./trace.ts";
import { createVisitor, type Reply, type Visitor } from "./visitor.ts";

const mostRedirects = 3;
/** Restarts of an application that payloads end. */
const mostRestarts = 3;
const settleMs = 2_000;
const commonHome = "/tmp/home";

/** One run of the plan: an application of its own, and who visits it. */
interface Run {
  readonly mode: "clean" | "attack";
  application: Application;
  visitor: Visitor;
  restarts: number;
  readonly start: (log: (text: string) => void) => Promise<Application>;
}

/**
 * Plays a plan, first clean and then with the payloads, and says what the payloads did.
 * @param env what every copy of the application is started with beside its own
 */
export async function play(
  plan: SimulatorPlan,
  env: Readonly<Record<string, string>>,
  say: (message: SimulatorMessage) => void,
): Promise<void> {
  const runs: Run[] = [];
  const open = async (mode: Run["mode"]): Promise<Run> => {
    const start = (log: (text: string) => void) => startApplication(plan.application, env, mode, log);
    const application = await start((text) => say({ type: "log", from: mode, text }));
    const run = { mode, application, visitor: createVisitor(application, plan), restarts: 0, start };
    runs.push(run);
    return run;
  };
  try {
    const started = performance.now();
    // The operator's application has one port: its two runs follow each other, with the sandbox's folder between them.
    const isOwn = plan.application.kind === "command";
    const [clean, early] = await Promise.all([open("clean"), isOwn ? null : open("attack")]);
    say({
      type: "ready",
      sinks: availableSinks(clean.application.heard.databases),
      startedMs: performance.now() - started,
    });
    say({ type: "log", from: "player", text: `Clean run: ${plan.steps.length} requests.` });
    const cleanSeen = await playAll(plan, clean, async (step, n) => {
      const seen = await observe(clean, step.clean, `c${n}`, step);
      const control = isForged(step) ? await observe(clean, step.attack, `x${n}`, step, true) : null;
      return { seen, control };
    });
    if (isOwn) await clean.application.stop();
    const attack = early ?? (await open("attack"));
    say({ type: "log", from: "player", text: "Attack run." });
    const cleanReads = new Set(
      [...cleanSeen.values()].flatMap(({ seen }) =>
        eventsOf(seen, "read")
          .filter(({ ok }) => ok)
          .map(({ path }) => path),
      ),
    );
    let done = 0;
    await playAll(plan, attack, async (step, n) => {
      await playAttack(plan, { clean, attack }, step, n, cleanSeen.get(n), cleanReads, say);
      done += 1;
      say({ type: "progress", done, total: plan.steps.length });
    });
    say({ type: "end", payloads: plan.steps.flatMap(({ payloads }) => payloads).length });
  } finally {
    await Promise.all(runs.map(({ application }) => application.stop()));
  }
}

/** Plays step after step; an application that ended is started again, a few times. */
async function playAll<T>(plan: SimulatorPlan, run: Run, each: (step: PlanStep, n: number) => Promise<T>) {
  const results = new Map<number, T>();
  for (const [n, step] of plan.steps.entries()) {
    if (run.application.ended() !== null && run.restarts < mostRestarts) {
      run.restarts += 1;
      run.application = await run.start(() => undefined);
      run.visitor = createVisitor(run.application, plan);
    }
    results.set(n, await each(step, n));
  }
  return results;
}

async function playAttack(
  plan: SimulatorPlan,
  { clean, attack }: { readonly clean: Run; readonly attack: Run },
  step: PlanStep,
  n: number,
  before: { readonly seen: Observation; readonly control: Observation | null } | undefined,
  cleanReads: ReadonlySet<string>,
  say: (message: SimulatorMessage) => void,
): Promise<void> {
  const page = async () => (step.witness === null ? "" : await readWitness(attack, step, `w${n}`));
  const witnessedBefore = isForged(step) ? await page() : "";
  const seen = await observe(attack, step.attack, `a${n}`, step);
  if (before === undefined) return;
  const witnessed = { before: witnessedBefore, after: isForged(step) ? await page() : "" };
  const time = async (run: Run, request: PlanRequest, name: string) =>
    (await observe(run, request, name, step)).replies[0]!.tookMs;
  for (const payload of step.payloads) {
    const comparison: Comparison = {
      payload,
      others: step.payloads.flatMap((one) => (one === payload ? [] : one.forms)),
      clean: before.seen,
      attack: seen,
      control: before.control,
      witnessed,
      sent: { body: step.attack.body },
      isHooked: attack.application.heard.databases !== null,
      roots: [...attack.application.roots, commonHome],
      cleanReads,
    };
    const found = Object.values(sinks).flatMap((sink) => sink(comparison));
    const isDelaying = payload === (step.payloads.find(({ scaled }) => scaled !== null) ?? step.payloads[0]);
    let repeat = 0;
    const delays = !isDelaying
      ? []
      : await measureDelay(
          payload,
          { cleanMs: before.seen.replies[0]!.tookMs, attackMs: seen.replies[0]!.tookMs },
          {
            // Where both cannot run at once, what is ordinary is measured on the same application.
            clean: () => time(plan.application.kind === "command" ? attack : clean, step.clean, `t${n}-${repeat++}`),
            attack: () => time(attack, step.attack, `t${n}-${repeat++}`),
            scaled: () => time(attack, payload.scaled?.request ?? step.attack, `t${n}-${repeat++}`),
          },
        );
    say({
      type: "payload",
      n: payload.n,
      clean: describe(before.seen, clean),
      attack: describe(seen, attack),
      sinks: unique([...found, ...delays]).slice(0, 50),
      note: (seen.replies[0]!.problem || attack.application.ended()) ?? "",
    });
  }
}

const isForged = ({ payloads }: PlanStep) => payloads.some((one) => one.isForged);

/** The same deed at the same place once. */
function unique<T extends { sink: string; where: string; evidence: string }>(events: readonly T[]): T[] {
  return [...new Map(events.map((one) => [`${one.sink}\n${one.where}\n${one.evidence}`, one])).values()];
}

/** Sends a request, opens what it leads to, and gathers what was seen meanwhile. */
async function observe(
  run: Run,
  request: PlanRequest,
  name: string,
  { payloads, witness }: PlanStep,
  withoutCookies = false,
): Promise<Observation> {
  const { application, visitor } = run;
  const watched = watchProcesses();
  const startedAt = now();
  const replies: Reply[] = [await visitor.send(request, name, payloads, withoutCookies)];
  const steps = [name];
  for (let i = 0; i < mostRedirects && !withoutCookies; i += 1) {
    const next = await visitor.follow(replies.at(-1)!, `${name}r${i}`);
    if (next === null) break;
    steps.push(`${name}r${i}`);
    replies.push(next);
  }
  // What was stored shows on the page that the form came from.
  if (witness !== null && payloads.some((one) => one.class === "xss") && !withoutCookies) {
    replies.push(await visitor.send(witnessRequest(request, witness), `${name}w`, []));
    steps.push(`${name}w`);
  }
  await settle(application, steps, replies);
  const heard = steps.map((step) => application.heard.of(step));
  const events = heard.flatMap((one) => one.events).map((one) => toCommonHome(one, run.mode));
  const calls = heard.reduce((sum, one) => sum + one.calls, 0);
  for (const step of steps) application.heard.forget(step);
  return { startedAt, replies, events, calls, processes: watched() };
}

const witnessRequest = (request: PlanRequest, target: string): PlanRequest => ({
  method: "GET",
  target,
  headers: request.headers.filter(([name]) => !/^(?:content-|origin|referer)/i.test(name)),
  body: null,
});

async function readWitness(run: Run, step: PlanStep, name: string): Promise<string> {
  const reply = await run.visitor.send(witnessRequest(step.attack, step.witness!), name, []);
  return reply.body;
}

/** Each run has a folder of its own; what is compared has one name for both. */
function toCommonHome(event: StepEvent, mode: Run["mode"]): StepEvent {
  if (event.type !== "read") return event;
  const home = `/tmp/${mode}`;
  const isIn = event.path === home || event.path.startsWith(`${home}/`);
  return isIn ? { ...event, path: commonHome + event.path.slice(home.length) } : event;
}

/** Waits until the application's own words about these requests are here. */
async function settle(application: Application, steps: readonly string[], replies: readonly Reply[]): Promise<void> {
  const until = performance.now() + settleMs;
  const isDone = () => steps.every((step, i) => replies[i]?.status === 0 || application.heard.isDone(step));
  while (!isDone() && application.ended() === null && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** What is shown of a response, where it led, and what the application did meanwhile. */
function describe(seen: Observation, { application }: Run): SimulatorReply {
  const { replies } = seen;
  const [first] = replies;
  const text = replies.map(({ status, headers, body, problem, size }) => {
    const head = headers.map(([name, value]) => `${name}: ${value}`).join("\n");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: bytes that are no text.
    const shown = /[\u0000-\u0008]/.test(body) ? `(${size} bytes that are no text)` : body;
    return status === 0 ? problem : `HTTP/1.1 ${status}\n${head}\n\n${shown}`;
  });
  const type = first!.headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
  return {
    status: first!.status,
    tookMs: first!.tookMs,
    size: first!.size,
    contentType: type.slice(0, 200),
    text: text.join("\n\n").slice(0, 20_000),
    problem: first!.problem.slice(0, 300),
    ...traceOf(seen, application.heard.databases !== null),
  };
}
