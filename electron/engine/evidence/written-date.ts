import { instantWithin } from "./measures.ts";

/** A moment as C and Java write it, for people. */
export interface WrittenDate {
  /** Epoch milliseconds; as if it were UTC where the zone is not known. */
  readonly ms: number;
  /** The zone's name as written; null when none is. */
  readonly zone: string | null;
  /** False when the zone is missing or its name belongs to more than one. */
  readonly zoneKnown: boolean;
}

const months = "JanFebMarAprMayJunJulAugSepOctNovDec";

/**
 * Hours east of Greenwich, by the names that Java gives to one zone only. CST (United States, China, Cuba), IST (India, Ireland,
 * Israel), BST (United Kingdom, Bangladesh) and PST (United States, Philippines) are none of them.
 */
const zones: Readonly<Record<string, number>> = {
  UTC: 0,
  GMT: 0,
  UT: 0,
  Z: 0,
  WET: 0,
  WEST: 1,
  CET: 1,
  CEST: 2,
  EET: 2,
  EEST: 3,
  SAST: 2,
  MSK: 3,
  TRT: 3,
  PKT: 5,
  NPT: 5.75,
  ICT: 7,
  WIB: 7,
  HKT: 8,
  SGT: 8,
  AWST: 8,
  JST: 9,
  KST: 9,
  AEST: 10,
  AEDT: 11,
  NZST: 12,
  NZDT: 13,
  BRT: -3,
  EST: -5,
  EDT: -4,
  CDT: -5,
  MST: -7,
  MDT: -6,
  PDT: -7,
};

/**
 * `Mon May 23 16:13:58 PKT 2022` (java.util.Date.toString) and `Mon May 23 16:13:58 2022` (C's asctime).
 * @returns null when the text is neither
 */
export function readWrittenDate(text: string): WrittenDate | null {
  const match =
    /^[A-Z][a-z]{2} {1,3}([A-Z][a-z]{2}) {1,3}(\d{1,2}) (\d\d):(\d\d):(\d\d)(?: ([A-Za-z0-9:+-]{1,20}))? (\d{4})$/.exec(
      text.trim().slice(0, 80),
    );
  if (match === null) return null;
  const [, name, day, hours, minutes, seconds, zone, year] = match;
  const month = months.indexOf(name!);
  if (month < 0 || month % 3 !== 0) return null;
  const wall = Date.UTC(Number(year), month / 3, Number(day), Number(hours), Number(minutes), Number(seconds));
  const offset = zone === undefined ? null : zoneHours(zone);
  const ms = instantWithin(wall - (offset ?? 0) * 3_600_000);
  return ms === null ? null : { ms, zone: zone ?? null, zoneKnown: offset !== null };
}

function zoneHours(zone: string): number | null {
  const match = /^(?:GMT|UTC)?([+-])(\d{1,2}):?(\d\d)?$/.exec(zone);
  if (match !== null) return (Number(match[2]) + Number(match[3] ?? 0) / 60) * (match[1] === "-" ? -1 : 1);
  return Object.hasOwn(zones, zone) ? zones[zone]! : null;
}
