import type { FlagName } from "../../../../shared/feature-flags.ts";
import { isInShare } from "../../base/share.ts";
import type { AnalysisInputs } from "./session-analysis.ts";

/** Flags that decide about sessions. */
export const sessionFlags = [
  "flag_behaviour",
  "flag_sequence",
  "flag_request_forgery",
] as const satisfies readonly FlagName[];
export type SessionFlag = (typeof sessionFlags)[number];
/** The share of each, percent. */
export type FlagShares = Readonly<Record<SessionFlag, number>>;

export const allFlagsOn: FlagShares = { flag_behaviour: 100, flag_sequence: 100, flag_request_forgery: 100 };

/** Those that are not everywhere, so that a configuration without any is the same as before there were flags. */
export const limitedFlags = (shares: FlagShares): Partial<FlagShares> =>
  Object.fromEntries(sessionFlags.filter((flag) => shares[flag] < 100).map((flag) => [flag, shares[flag]]));

/** What a session goes without. @param session names it across all evidence */
export function withheldFrom(session: string, shares: FlagShares): readonly SessionFlag[] {
  return sessionFlags.filter((flag) => shares[flag] < 100 && !isInShare(flag, session, shares[flag]));
}

/** Shares by which every session goes without exactly these. */
export function sharesWithout(withheld: readonly SessionFlag[]): FlagShares {
  return { ...allFlagsOn, ...Object.fromEntries(withheld.map((flag) => [flag, 0])) };
}

/** What decides about a session that goes without some parts. */
export function inputsWithout(inputs: AnalysisInputs, withheld: readonly SessionFlag[]): AnalysisInputs {
  if (withheld.length === 0) return inputs;
  return {
    ...inputs,
    withheld,
    ...(withheld.includes("flag_behaviour") ? { fusion: { ...inputs.fusion, payloadWeight: 1 } } : {}),
    ...(withheld.includes("flag_sequence") ? { sequence: null } : {}),
  };
}
