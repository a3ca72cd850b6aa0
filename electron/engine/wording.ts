import { SentinelError } from "../../shared/errors.ts";
import type { Engine } from "./engine-interface.ts";
import type { TelemetryRoom } from "./telemetry.ts";

/** Longest wording that is shown, UTF-16 units. */
const mostCharacters = 2_000;
const mostFeatures = 5;

const task =
  "Say in at most three plain sentences what the material says, for an analyst who triages alerts. " +
  "Keep its numbers and names. Add no cause, advice or fact that it does not state.\n";

/**
 * Has the local model say what was said by rule. What it is given and what it answers go the way of the agent's text work: spotlighted
 * and scanned. Its words are kept nowhere but beside a telemetry alarm, in memory; evidence, verdict and report never hold them.
 */
export function createWording({
  verdicts,
  telemetry,
  process,
}: {
  readonly verdicts: Pick<Engine["verdicts"], "get">;
  readonly telemetry: Pick<TelemetryRoom, "alarm" | "noteWords">;
  readonly process: Engine["assistant"]["process"];
}): Engine["wording"] {
  async function textOf(about: Parameters<Engine["wording"]["put"]>[0]["about"]): Promise<string> {
    if ("alarm_id" in about) {
      const alarm = telemetry.alarm(about.alarm_id);
      if (alarm === null) throw new SentinelError("NOT_FOUND", "This alarm is no longer among the newest.");
      return `Telemetry of the route ${alarm.route} is answered "${alarm.action}". ${alarm.reason} Confidence ${alarm.confidence.toFixed(2)} of 1.`;
    }
    const { explanation, context } = await verdicts.get({ id: about.verdict_id });
    const labels = new Map(context.map(({ name, label }) => [name, label]));
    const moved = explanation.top_features
      .slice(0, mostFeatures)
      .map(({ feature, contribution }) => `${labels.get(feature) ?? feature} (${contribution.toFixed(2)})`);
    const most = moved.length === 0 ? "" : `\nWhat moved the score most: ${moved.join(", ")}.`;
    return explanation.narrative + most;
  }

  return {
    async put({ about }, signal) {
      const { status, output, reason } = await process({ text: await textOf(about), prompt: task }, signal);
      if (status !== "completed" || typeof output !== "string") return { words: null, reason: reason ?? "It failed." };
      const said = output.trim();
      if (said === "") return { words: null, reason: "The local model said nothing." };
      // What was cut, here or before, says so where it ends.
      const isCut = said.length > mostCharacters || reason != null;
      const words = isCut ? `${said.slice(0, mostCharacters)} […]` : said;
      if ("alarm_id" in about) telemetry.noteWords(about.alarm_id, words);
      return { words, reason: null };
    },
  };
}
