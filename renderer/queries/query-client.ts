import { QueryClient } from "@tanstack/react-query";
import { CallFailed } from "./client.ts";

/** What cannot succeed by trying again. */
function isFinal(error: Error): boolean {
  return error instanceof CallFailed && error.status >= 400 && error.status < 500 && error.status !== 429;
}

/** The cache of server state. Live messages say what is stale, so nothing is read again on focus. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        refetchOnWindowFocus: false,
        networkMode: "always",
        retry: (count, error) => count < 2 && !isFinal(error),
        retryDelay: (count) => Math.min(500 * 2 ** count, 4000),
      },
      mutations: { networkMode: "always", gcTime: 0 },
    },
  });
}
