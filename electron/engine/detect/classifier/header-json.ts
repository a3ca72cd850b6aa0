import type { z } from "zod";
import type { SentinelError } from "../../../../shared/errors.ts";

/** The header of a model file. @throws what `unreadable` makes of the reason */
export function parseHeaderJson<T>(text: string, header: z.ZodType<T>, unreadable: (why: string) => SentinelError): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw unreadable("its header is no JSON");
  }
  const parsed = header.safeParse(json);
  if (!parsed.success) throw unreadable(`its header's ${parsed.error.issues[0]!.path.join(".")} is not as expected`);
  return parsed.data;
}
