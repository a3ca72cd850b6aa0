import { z } from "zod";
import type { SiemOutput } from "../../shared/siem.ts";
import type { SiemAnswer, SiemSender } from "../engine/fleet/siem/sender.ts";
import { judgeStatus, later, type Reply, refused, type SiemHttp, sendEach, taken, unavailable } from "./siem-http.ts";

const Answer = z.object({ code: z.number().int() });

/** Codes of the collector. Source: "Troubleshoot HTTP Event Collector", possible error codes. */
const meanings: Readonly<Record<number, string>> = {
  1: "the token is disabled",
  2: "a token is required",
  3: "the authorization is invalid",
  4: "the token is invalid",
  7: "the index is not one of the token's",
  8: "an internal error",
  9: "the server is busy",
  10: "the token asks for acknowledgements by channel, which are not spoken",
  11: "the token asks for acknowledgements by channel, which are not spoken",
  14: "acknowledgements are disabled",
};
/** Of the event itself: it would be refused again. */
const eventCodes: ReadonlySet<number> = new Set([5, 6, 12, 13, 15]);
const noData = 5;

/** Splunk's HTTP Event Collector. Each event goes alone: of a batch with a bad one nobody is told which were indexed before it. */
export function createHecSender({ address, secret }: SiemOutput, http: SiemHttp): SiemSender {
  const url = `${address.replace(/\/+$/, "")}/services/collector/event`;
  const headers = { authorization: `Splunk ${secret}`, "content-type": "application/json" };
  const post = (body: string) => http.call(url, { method: "POST", headers, body });

  return {
    send: (documents) => sendEach(documents, async ({ text }) => judge(await post(text))),
    async probe() {
      // Nothing is sent: a good token is told so, a bad one is refused before.
      const reply = await post("");
      const code = codeOf(reply);
      if (code === noData) return "The collector knows the token.";
      throw unavailable(`The collector would take nothing: ${inWords(reply.status, code)}.`);
    },
    clockSkewSeconds: http.clockSkewSeconds,
    close: http.close,
  };
}

function codeOf({ json }: Reply): number | null {
  return Answer.safeParse(json).data?.code ?? null;
}

function judge(reply: Reply): SiemAnswer {
  const code = codeOf(reply);
  const words = inWords(reply.status, code);
  // A page of a proxy that answers 200 has taken nothing.
  if (reply.status === 200) return code === 0 ? taken : later(`${words}.`);
  if (reply.status === 413) return judgeStatus(413);
  return code !== null && eventCodes.has(code) ? refused(words) : later(`${words}.`);
}

function inWords(status: number, code: number | null): string {
  if (code === null) return `status ${status} without a code of the collector`;
  return `status ${status}, code ${code}${meanings[code] === undefined ? "" : ` (${meanings[code]})`}`;
}
