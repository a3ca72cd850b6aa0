import { useQuery } from "@tanstack/react-query";
import { Clock, Command, Keyboard, LoaderCircle, Monitor, Moon, Sun } from "lucide-react";
import type { Health } from "../../shared/health.ts";
import { useLive } from "../live/live-state.ts";
import { isRunning, jobsQuery } from "../queries/jobs.ts";
import { useTimeZone } from "../queries/settings.ts";
import { countsQuery } from "../queries/verdicts.ts";
import { IconButton } from "../ui/button.tsx";
import { formatCount, formatPlural } from "../view/format.ts";
import { ariaKey, useKeysInForce, withKey } from "../view/keys-in-force.ts";
import { screenLabels } from "../view/labels.ts";
import { type Place, placeHash } from "../view/place.ts";
import { cycleTheme, nextTheme, useView } from "../view/view.ts";
import { HeldMark } from "./held-mark.tsx";
import { PanicButton } from "./panic-button.tsx";
import { RoleMark } from "./role-mark.tsx";

const liveLooks = {
  connecting: { dot: "bg-field", text: "Connecting…", detail: "Opening the live connection" },
  live: { dot: "bg-good", text: "Live", detail: "Changes appear as they happen" },
  polling: {
    dot: "bg-warn",
    text: "Polling",
    detail: "The live stream does not get through: changes appear every two seconds",
  },
  offline: {
    dot: "bg-danger",
    text: "Offline",
    detail: "The engine does not answer: what you see is what was last read",
  },
};

function LiveState() {
  const mode = useLive((state) => state.mode);
  const looks = liveLooks[mode];
  return (
    <span className="flex w-[92px] items-center gap-1.5 text-xs text-ink-2" title={looks.detail} role="status">
      <span className={`size-2 rounded-full ${looks.dot}`} aria-hidden="true" />
      {looks.text}
    </span>
  );
}

/** Counts over everything, whatever the filter of the list is. */
function Counts() {
  const { data } = useQuery(countsQuery({}));
  if (data === undefined) return null;
  return (
    <span className="flex items-center gap-3 text-xs text-ink-2">
      <span>
        <span className="font-semibold text-ink">{formatCount(data.total)}</span>{" "}
        {data.total === 1 ? "session" : "sessions"}
      </span>
      <span className="flex items-center gap-1">
        <span className="size-2 rounded-sm bg-bar-simulate" aria-hidden="true" />
        <span className="font-semibold text-ink">{formatCount(data.by_verdict.simulate)}</span> simulate
      </span>
      <span className="flex items-center gap-1">
        <span className="size-2 rounded-sm bg-bar-tag" aria-hidden="true" />
        <span className="font-semibold text-ink">{formatCount(data.by_verdict.tag)}</span> tag
      </span>
    </span>
  );
}

function RunningJobs() {
  const { data } = useQuery(jobsQuery());
  const running = data?.filter(isRunning) ?? [];
  if (running.length === 0) return null;
  const known = running.filter((job) => job.total !== null && job.total > 0);
  const share = known.reduce((sum, job) => sum + job.done / (job.total ?? 1), 0) / running.length;
  return (
    <a
      href={placeHash({ screen: "import" })}
      className="flex h-6 items-center gap-1.5 rounded-full bg-accent-soft px-2.5 text-xs font-medium text-accent hover:underline"
    >
      <LoaderCircle size={13} className="spin" aria-hidden="true" />
      {formatPlural(running.length, "job")}
      {known.length > 0 && <span className="w-8 text-right">{Math.floor(share * 100)}%</span>}
    </a>
  );
}

const themeIcons = { system: Monitor, light: Sun, dark: Moon };

export function TopBar({ place, health }: { place: Place; health: Health | undefined }) {
  const theme = useView((view) => view.theme);
  const set = useView((view) => view.set);
  const zone = useTimeZone();
  const bindings = useKeysInForce((keys) => keys.bindings);
  return (
    <header className="flex h-12 shrink-0 items-center gap-4 border-b border-line bg-surface px-4">
      <h1 className="text-[15px] font-semibold">{screenLabels[place.screen]}</h1>
      <Counts />
      <div className="flex-1" />
      <RunningJobs />
      {health?.status === "degraded" && (
        <a
          href={placeHash({ screen: "health" })}
          className="flex h-6 items-center rounded-full bg-warn-soft px-2.5 text-xs font-medium text-warn hover:underline"
        >
          Degraded
        </a>
      )}
      <HeldMark />
      <RoleMark />
      <LiveState />
      <div className="flex items-center">
        <button
          type="button"
          onClick={() => set({ timeZone: zone === "utc" ? "local" : "utc" })}
          title={withKey(
            zone === "utc" ? "Times are UTC: show local time" : "Times are local: show UTC",
            bindings.timeZone[0],
          )}
          aria-keyshortcuts={ariaKey(bindings.timeZone[0])}
          className="flex h-[30px] w-[74px] items-center justify-center gap-1.5 rounded-md text-xs font-medium text-ink-2 hover:bg-hover hover:text-ink"
        >
          <Clock size={14} aria-hidden="true" />
          {zone === "utc" ? "UTC" : "Local"}
        </button>
        <IconButton
          icon={themeIcons[theme]}
          label={`Theme: ${theme}. Change to ${nextTheme(theme)}`}
          shortcut={bindings.theme[0]}
          onClick={cycleTheme}
        />
        <IconButton
          icon={Command}
          label="Everything that can be done"
          shortcut={bindings.palette[0]}
          onClick={() => set({ paletteOpen: true })}
        />
        <IconButton
          icon={Keyboard}
          label="Keyboard shortcuts"
          shortcut={bindings.help[0]}
          onClick={() => set({ helpOpen: true })}
        />
      </div>
      <PanicButton />
    </header>
  );
}
