import { queryOptions } from "@tanstack/react-query";
import { fetchRelease, getReleases, lookForRelease, type ReleaseStatus } from "../../shared/release.ts";
import type { Input } from "../../shared/route.ts";
import { call } from "./client.ts";

/** Whether there is a newer version. Read again whenever the health is. */
export const releasesQuery = () =>
  queryOptions({
    queryKey: ["health", "releases"],
    queryFn: ({ signal }): Promise<ReleaseStatus> => call(getReleases, {}, { signal }),
    retry: false,
  });

export const sendLook = () => call(lookForRelease, {});
export const sendFetch = (wanted: Input<typeof fetchRelease>) => call(fetchRelease, wanted);
