import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import type { SiemOutput } from "../../shared/siem.ts";
import type { SiemAnswer, SiemSender } from "../engine/fleet/siem/sender.ts";
import { judgeStatus, later, refused, type SiemHttp, sendEach, taken, unavailable } from "./siem-http.ts";

const taxiiMediaType = "application/taxii+json;version=2.1";

/** Source: TAXII 2.1, section 4.3.1. */
const Status = z.object({
  id: z.string().regex(/^[A-Za-z0-9-]{1,100}$/),
  status: z.enum(["complete", "pending"]),
  failure_count: z.number().int().min(0),
  failures: z.array(z.object({ id: z.string() })).optional(),
});
type Status = z.infer<typeof Status>;
const Collection = z.object({ can_write: z.boolean() });

/** How often it is asked what became of objects, and how long between, milliseconds. */
const looks = 10;
const lookEveryMs = 500;
/** Objects that every alert brings along: a server that has them already may say that it failed to add them. */
const shared = /^(?:identity|attack-pattern)--/;

/** A collection of a TAXII 2.1 server. The secret is `user:password`, else a bearer token. */
export function createTaxiiSender({ address, secret }: SiemOutput, http: SiemHttp): SiemSender {
  const collection = `${address.replace(/\/+$/, "")}/`;
  const root = collection.replace(/collections\/[^/]+\/$/, "");
  const headers = {
    accept: taxiiMediaType,
    ...(secret === "" ? {} : { authorization: authorizationOf(secret) }),
  };
  const posting = { ...headers, "content-type": taxiiMediaType };

  async function settled(first: Status): Promise<Status> {
    let status = first;
    for (let i = 0; i < looks && status.status === "pending"; i++) {
      await setTimeout(lookEveryMs, undefined, { ref: false });
      const { json } = await http.call(`${root}status/${first.id}/`, { method: "GET", headers });
      status = Status.safeParse(json).data ?? status;
    }
    return status;
  }

  async function send(text: string): Promise<SiemAnswer> {
    const { status, json } = await http.call(`${collection}objects/`, { method: "POST", headers: posting, body: text });
    if (status !== 202) return status < 300 ? later(`status ${status} where TAXII says 202.`) : judgeStatus(status);
    const first = Status.safeParse(json).data;
    if (first === undefined) return later("status 202 without a status resource.");
    const { status: state, failures = [], failure_count } = await settled(first);
    if (state === "pending") return later("it has not said what became of the objects.");
    const known = failures.filter(({ id }) => shared.test(id)).length;
    return failure_count > known ? refused(`${failure_count - known} objects failed`) : taken;
  }

  return {
    send: (documents) => sendEach(documents, ({ text }) => send(text)),
    async probe() {
      const { status, json } = await http.call(collection, { method: "GET", headers });
      const found = Collection.safeParse(json).data;
      if (status !== 200 || found === undefined) throw unavailable(`There is no TAXII collection: status ${status}.`);
      if (!found.can_write) throw unavailable("The collection may be read, not written.");
      return "The collection takes objects.";
    },
    clockSkewSeconds: http.clockSkewSeconds,
    close: http.close,
  };
}

function authorizationOf(secret: string): string {
  return secret.includes(":") ? `Basic ${Buffer.from(secret).toString("base64")}` : `Bearer ${secret}`;
}
