import { SentinelError } from "../../shared/errors.ts";
import type { ComponentHealth } from "../../shared/health.ts";
import type { Input, Output } from "../../shared/route.ts";
import { type previewSiem, type SiemOutput, siemProblem, type testSiem } from "../../shared/siem.ts";
import type { AlertViews } from "./alert-views.ts";
import { type Clock, toInstant } from "./base/clock.ts";
import { sha256 } from "./base/ids.ts";
import type { Logger } from "./base/logging.ts";
import { mappingOf } from "./fleet/siem/format.ts";
import { alertFormats } from "./fleet/siem/formats.ts";
import type { OpenSiem, SiemSender } from "./fleet/siem/sender.ts";
import { type TellingSources, tellAlerts } from "./fleet/siem/tell-alerts.ts";
import { refusedAlerts } from "./fleet/siem/told-table.ts";
import { restoreSecrets } from "./setting-secrets.ts";
import { logHead } from "./store/event-table.ts";
import { forwardCursor, saveForwardCursor } from "./store/forward-table.ts";
import { createLogFollower, type LogFollower } from "./store/log-follower.ts";
import type { SettingsBook } from "./store/settings.ts";
import type { StoreHost } from "./store/store.ts";
import { alertsByIds } from "./triage/alert-list.ts";

/** Difference of two clocks that is worth a word, seconds. */
const notableSkew = 60;

interface Running {
  /** The output as it was when this began, to see whether it changed. */
  readonly text: string;
  readonly follower: LogFollower;
  health(): ComponentHealth | null;
}

/** Tells other systems of alerts, each by a place of its own in the log: one that is away holds up no other. */
export function createSiemOutputs(options: {
  readonly store: StoreHost;
  readonly clock: Clock;
  readonly log: Logger;
  readonly node: string;
  readonly version: string;
  readonly views: AlertViews;
  readonly settings: SettingsBook;
  readonly open: OpenSiem;
  readonly onChange: () => void;
}) {
  const { store, clock, log, node, version, views, settings, open, onChange } = options;
  const sources: TellingSources = {
    store,
    node,
    version,
    alerts: async (ids) => await views.toAlerts(await store.read(alertsByIds, ids), await views.inForce()),
  };
  const running = new Map<string, Running>();
  let following: Promise<void> = Promise.resolve();

  function run(output: SiemOutput): Running {
    const key = keyOf(output);
    let sender: SiemSender | null = null;
    let refused = { count: 0, reason: null as string | null };
    const follower = createLogFollower({
      store,
      log,
      what: "Alerts are told",
      target: () => Promise.resolve(key),
      onChange,
      open: async () => {
        const opened = await open(output);
        sender = opened;
        refused = await store.read(refusedAlerts, key);
        return {
          async take(events) {
            const problem = await tellAlerts(events, { output, key, sender: opened, sources });
            const now = await store.read(refusedAlerts, key);
            if (now.count !== refused.count) {
              refused = now;
              onChange();
            }
            if (problem !== null) throw new SentinelError("UNAVAILABLE", problem);
          },
          close: () => opened.close(),
        };
      },
    });
    return {
      text: JSON.stringify(output),
      follower,
      health() {
        const health = follower.health();
        if (health === null) return null;
        const skew = sender?.clockSkewSeconds() ?? 0;
        const notes = [
          ...(refused.count === 0
            ? []
            : [`${refused.count} ${refused.count === 1 ? "alert was" : "alerts were"} put aside: ${refused.reason}.`]),
          ...(Math.abs(skew) < notableSkew ? [] : [`Its clock is ${inWords(skew)}; set the clocks.`]),
        ];
        if (notes.length === 0) return health;
        return { status: "degraded", detail: [health.detail, ...notes].join(". ").replace("..", ".") };
      },
    };
  }

  async function follow(): Promise<void> {
    const { siem_outputs } = (await settings.current()).settings;
    const wanted = new Map(siem_outputs.filter(({ on }) => on).map((output) => [output.name, output]));
    for (const [name, { text, follower }] of [...running]) {
      const output = wanted.get(name);
      if (output !== undefined && JSON.stringify(output) === text) continue;
      running.delete(name);
      await follower.close();
    }
    for (const [name, output] of wanted) {
      if (running.has(name)) continue;
      await beginAtEnd(keyOf(output));
      const one = run(output);
      running.set(name, one);
      await one.follower.follow();
    }
  }

  /** A new output hears of what comes from now on; one that was off hears what it missed. */
  async function beginAtEnd(target: string): Promise<void> {
    if ((await store.read(forwardCursor, target)).seq > 0) return;
    const head = await store.read(logHead, null);
    if (head !== null) await store.write(saveForwardCursor, { target, seq: head.seq });
  }

  return {
    /** Goes on with the outputs as they are set now. */
    follow(): Promise<void> {
      following = following.then(follow, follow);
      return following;
    },
    /** @throws SentinelError NOT_FOUND */
    async preview({ format: name, alert_id }: Input<typeof previewSiem>): Promise<Output<typeof previewSiem>> {
      const [alert] = await sources.alerts([alert_id]);
      if (alert === undefined) throw new SentinelError("NOT_FOUND", "There is no such alert.");
      const format = alertFormats[name];
      const at = toInstant(clock.now());
      const { mapping, lost } = mappingOf(format, alert);
      const document = format.write(alert, { node, version, entryId: "preview", at, firstAt: at });
      return { document, content_type: format.contentType, mapping, lost };
    },
    /** @throws SentinelError SETTING_INVALID */
    async test({ output: given }: Input<typeof testSiem>): Promise<Output<typeof testSiem>> {
      const { siem_outputs: [output = given] = [] } = restoreSecrets(
        { siem_outputs: [given] },
        (await settings.current()).settings,
      );
      const problem = siemProblem(output);
      if (problem !== null) throw new SentinelError("SETTING_INVALID", problem);
      let sender: SiemSender | null = null;
      try {
        sender = await open(output);
        const detail = await sender.probe();
        return { reached: true, detail, clock_skew_seconds: sender.clockSkewSeconds() };
      } catch (error) {
        if (!(error instanceof SentinelError)) throw error;
        return { reached: false, detail: error.message, clock_skew_seconds: sender?.clockSkewSeconds() ?? null };
      } finally {
        sender?.close();
      }
    },
    /** By name, as the health page shows them. */
    health(): Record<string, ComponentHealth> {
      const entries = [...running].flatMap(([name, one]): [string, ComponentHealth][] => {
        const health = one.health();
        return health === null ? [] : [[`siem ${name}`, health]];
      });
      return Object.fromEntries(entries);
    },
    async close() {
      await following.catch(() => {});
      for (const { follower } of running.values()) await follower.close();
    },
  };
}

/** Under which the place in the log is kept: another address is another reader. It is shown: the path of an address is not. */
function keyOf({ name, format, address }: SiemOutput): string {
  const place = URL.canParse(address) ? new URL(address).host : address;
  return `${name} (${format}, ${place}, ${sha256(address).slice(0, 8)})`;
}

function inWords(seconds: number): string {
  const minutes = Math.round(Math.abs(seconds) / 60);
  return `${minutes} ${minutes === 1 ? "minute" : "minutes"} ${seconds > 0 ? "ahead" : "behind"}`;
}
