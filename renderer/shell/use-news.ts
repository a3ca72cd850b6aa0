import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { type Severity, severities } from "../../shared/alert.ts";
import type { Settings } from "../../shared/settings.ts";
import { createArrivals } from "../live/arrivals.ts";
import { createNotifier, type NoticeRules } from "../live/notifier.ts";
import { alertCountsQuery } from "../queries/alerts.ts";
import { driftAlarmQuery } from "../queries/drift.ts";
import { namedQueries } from "../queries/named-queries.ts";
import { newsQuery, newsQueryText } from "../queries/news.ts";
import { watchedCountsQuery } from "../queries/search.ts";
import { settingsQuery, useTimeZone } from "../queries/settings.ts";
import { showNotice } from "../ui/desktop-notice.ts";
import { notify } from "../ui/toast.tsx";
import { nameAlarm } from "../view/drift.ts";
import { formatPlural } from "../view/format.ts";
import { screenLabels } from "../view/labels.ts";
import { type NoticeText, readQuietHours } from "../view/notice.ts";
import { goTo, type Place } from "../view/place.ts";
import { useQueue } from "../view/queue.ts";
import { searchPlace } from "../view/search.ts";
import type { TimeZone } from "../view/view.ts";
import { pageTitle, showBadge } from "./badge.ts";

/** By then the first rows stand, also on a slow machine. */
const startMs = 3000;

function rulesOf(settings: Settings, zone: TimeZone): NoticeRules {
  return {
    everyMs: settings.notify_every_seconds * 1000,
    quiet: readQuietHours(settings.quiet_from, settings.quiet_until),
    zone,
  };
}

function isSeverity(from: string | undefined): from is Severity {
  return severities.some((severity) => severity === from);
}

function showNews(from: Severity): void {
  useQueue.getState().ask(newsQueryText(from));
  goTo({ screen: "alerts" });
}

function showWhatItIsOf(of: NoticeText["of"], from: Severity): void {
  if (of === "drift") goTo({ screen: "drift" });
  else if (of === "watched") goTo(searchPlace("is:watched"));
  else showNews(from);
}

/** Hears of requests that meet a watch, benign ones included, as they come in. */
function useWatchedTraffic(isStarted: boolean, hear: (count: number) => void): void {
  const { data: named = [] } = useQuery({ ...namedQueries(), enabled: isStarted });
  const watches = named.filter(({ kind }) => kind === "watch");
  // Other watches are another question: what they find at first is no news.
  const of = watches.map(({ id, version }) => `${id} ${version}`).join();
  const isOn = isStarted && watches.length > 0;
  const { data } = useQuery({ ...watchedCountsQuery(of), enabled: isOn });
  const known = useRef({ of, requests: Number.NaN });
  useEffect(() => {
    if (!isOn || data === undefined) return;
    // What cannot be counted in time may be more or less each time it is tried.
    const requests = data.exact ? data.requests : Number.NaN;
    const more = requests - known.current.requests;
    if (known.current.of === of && more > 0) hear(more);
    known.current = { of, requests };
  }, [isOn, data, of, hear]);
}

/** Tells the desktop of new alerts, as the settings say. */
function useNotices(isStarted: boolean): void {
  const settings = useQuery(settingsQuery()).data?.settings;
  const zone = useTimeZone();
  const from = settings?.notify_from;
  const isOn = isSeverity(from);
  const { data } = useQuery({ ...newsQuery(isOn ? from : "critical"), enabled: isStarted && isOn });
  const latest = useRef({ rules: null as NoticeRules | null, from: "high" as Severity });
  latest.current = {
    rules: isOn && settings !== undefined ? rulesOf(settings, zone) : null,
    from: isOn ? from : "high",
  };
  const [hear] = useState(() =>
    createNotifier({
      now: () => Date.now(),
      later: (ms, run) => setTimeout(run, ms),
      isAttended: () => document.visibilityState === "visible" && document.hasFocus(),
      rules: () => latest.current.rules,
      show: (text) => showNotice(text, () => showWhatItIsOf(text.of, latest.current.from)),
    }),
  );
  // Another severity is another list: what it holds at first is no news.
  const arrivals = useRef({ from, find: createArrivals() });
  useEffect(() => {
    if (arrivals.current.from !== from) arrivals.current = { from, find: createArrivals() };
    if (data !== undefined) hear(arrivals.current.find(data).map(({ severity }) => severity));
  }, [data, from, hear]);
  const hearWatched = useCallback(
    (count: number) => {
      notify(`${formatPlural(count, "request")} came in that ${count === 1 ? "meets" : "meet"} a watch (is:watched).`);
      hear(["watched"]);
    },
    [hear],
  );
  useWatchedTraffic(isStarted, hearWatched);
  const alarm = useQuery({ ...driftAlarmQuery(), enabled: isStarted }).data;
  const known = useRef<string | null>(null);
  useEffect(() => {
    if (alarm === undefined) return;
    const now = nameAlarm(alarm);
    // What was raised when the window opened is no news.
    if (known.current !== null && now !== "" && now !== known.current) hear(["drift"]);
    known.current = now;
  }, [alarm, hear]);
}

/** Tells of new alerts where the analyst does not look at the window: on the desktop, in the page's title, and at the icon. */
export function useNews(place: Place): void {
  const [isStarted, setStarted] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setStarted(true), startMs);
    return () => clearTimeout(timer);
  }, []);
  useNotices(isStarted);
  const fresh = useQuery({ ...alertCountsQuery("is:open"), enabled: isStarted }).data?.by_status.new ?? 0;
  useEffect(() => {
    document.title = pageTitle(screenLabels[place.screen], fresh);
  }, [place.screen, fresh]);
  useEffect(() => showBadge(fresh), [fresh]);
}
