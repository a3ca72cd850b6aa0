import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { type DecoderName, decodeText } from "../../shared/decode.ts";
import type { Output } from "../../shared/route.ts";
import { call } from "./client.ts";

export type Decoded = Output<typeof decodeText>;

/** A text decoded; forgotten as soon as it is not shown any more. */
export const decodedQuery = (text: string, steps: readonly DecoderName[] | null) =>
  queryOptions({
    queryKey: ["decode", text, steps],
    queryFn: ({ signal }): Promise<Decoded> =>
      call(decodeText, { text, ...(steps === null ? {} : { steps: [...steps] }) }, { signal }),
    enabled: text !== "",
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });
