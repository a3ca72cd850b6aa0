import { text } from "node:stream/consumers";
import type { SimulatorMessage, SimulatorPlan } from "../../shared/simulator.ts";
import { openEgressRelay } from "./egress-relay.ts";
import { play } from "./play.ts";

/** Runs inside one sandbox: reads a plan from its input, plays it, and writes what happened, a line of JSON each. */
const say = (message: SimulatorMessage) => void process.stdout.write(`${JSON.stringify(message)}\n`);

try {
  const plan = JSON.parse(await text(process.stdin)) as SimulatorPlan;
  await play(plan, plan.hasEgress ? await openEgressRelay() : {}, say);
  process.exitCode = 0;
} catch (error) {
  say({ type: "failed", reason: (error as Error).message.slice(0, 600) });
  process.exitCode = 3;
}
