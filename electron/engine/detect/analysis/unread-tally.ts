import type { Exchange } from "../../evidence/exchange.ts";
import type { VerdictExtent } from "../verdicts/verdict-record.ts";

/** Counts what of a session was not looked at. */
export function createUnreadTally() {
  const tally = { valuesCut: 0, requestsCrowded: 0, bodiesCut: 0, bytesMissing: 0 };
  return {
    /** @param crowded whether it has more values than are judged one by one */
    add(exchange: Exchange, crowded: boolean): void {
      if (crowded) tally.requestsCrowded++;
      if (!exchange.bodyCut) return;
      tally.bodiesCut++;
      tally.bytesMissing += missingBytes(exchange);
    },
    valueCut: () => void tally.valuesCut++,
    take: (): Omit<VerdictExtent, "payloadsFound"> => ({ ...tally }),
  };
}

/** What a body lacks by what its sender said of its length; 0 where that does not tell, as of a compressed one. */
function missingBytes({ headers, body }: Exchange): number {
  const told = (name: string) => headers?.find(([key]) => key.toLowerCase() === name)?.[1];
  const length = Number(told("content-length") ?? Number.NaN);
  if (!Number.isSafeInteger(length) || told("content-encoding") !== undefined) return 0;
  return Math.max(0, length - Buffer.byteLength(body ?? ""));
}
