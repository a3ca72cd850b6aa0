import { queryOptions } from "@tanstack/react-query";
import { drillPanic, getSandboxStatus, type SandboxStatus } from "../../shared/sandbox.ts";
import { call } from "./client.ts";

/** What lives changes by itself: looked at again after this time while it is open. */
const againMs = 2_000;

export const sandboxesQuery = () =>
  queryOptions({
    queryKey: ["sandboxes"],
    queryFn: ({ signal }): Promise<SandboxStatus> => call(getSandboxStatus, {}, { signal }),
    refetchInterval: againMs,
    retry: false,
  });

export const sendDrill = () => call(drillPanic, {});
