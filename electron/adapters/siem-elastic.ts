import { z } from "zod";
import type { SiemOutput } from "../../shared/siem.ts";
import type { SiemAnswer, SiemDocument, SiemSender } from "../engine/fleet/siem/sender.ts";
import { judgeStatus, later, refused, type SiemHttp, taken, unavailable } from "./siem-http.ts";

const Item = z.object({
  index: z.object({ status: z.number().int(), error: z.object({ type: z.string() }).optional() }),
});
const BulkAnswer = z.object({ errors: z.boolean(), items: z.array(Item) });
const ErrorAnswer = z.object({ error: z.object({ type: z.string() }) });

/** Elasticsearch's `_bulk`: each document has an answer of its own. Source: Elasticsearch bulk API. */
export function createElasticSender({ address, secret }: SiemOutput, http: SiemHttp): SiemSender {
  const url = `${address.replace(/\/+$/, "")}/_bulk`;
  const headers = {
    "content-type": "application/x-ndjson",
    accept: "application/json",
    ...(secret === "" ? {} : { authorization: `ApiKey ${secret}` }),
  };

  async function send(documents: readonly SiemDocument[]): Promise<SiemAnswer[]> {
    const body = documents.map(({ text }) => text).join("");
    const { status, json } = await http.call(url, { method: "POST", headers, body });
    if (status === 413 && documents.length > 1) {
      const half = Math.ceil(documents.length / 2);
      return [...(await send(documents.slice(0, half))), ...(await send(documents.slice(half)))];
    }
    if (status === 413) return [judgeStatus(status)];
    if (status !== 200) throw unavailable(`Elasticsearch answers with status ${status}${typeOf(json)}.`);
    const answer = BulkAnswer.safeParse(json);
    if (!answer.success || answer.data.items.length !== documents.length) {
      throw unavailable("What answers is no bulk interface of Elasticsearch: compare the address.");
    }
    return answer.data.items.map(({ index }) => judge(index));
  }

  return {
    send,
    async probe() {
      // An empty bulk: refused as such, once the key is known.
      const { status, json } = await http.call(url, { method: "POST", headers, body: "\n" });
      if (status === 400 && ErrorAnswer.safeParse(json).success) return "Elasticsearch answers and takes the key.";
      throw unavailable(`Elasticsearch would take nothing: status ${status}${typeOf(json)}.`);
    },
    clockSkewSeconds: http.clockSkewSeconds,
    close: http.close,
  };
}

function judge({ status, error }: z.infer<typeof Item>["index"]): SiemAnswer {
  if (status >= 200 && status < 300) return taken;
  // SECURITY: the type alone; its `reason` quotes the document.
  const words = `status ${status}${error === undefined ? "" : ` ${typeName(error.type)}`}`;
  // What a person can set right (rights, the index), and what passes by itself, is tried again; a document that does not fit is not.
  const isPassing = status === 429 || status >= 500 || [401, 403, 404].includes(status);
  return isPassing ? later(`Elasticsearch answers for a document with ${words}.`) : refused(words);
}

function typeOf(json: unknown): string {
  const { data } = ErrorAnswer.safeParse(json);
  return data === undefined ? "" : ` (${typeName(data.error.type)})`;
}

const typeName = (type: string) => (/^[a-z_]{1,60}$/.test(type) ? type : "error");
