import { createHmac } from "node:crypto";
import type { SiemOutput } from "../../shared/siem.ts";
import type { SiemDocument, SiemSender } from "../engine/fleet/siem/sender.ts";
import { judgeStatus, type SiemHttp, sendEach, unavailable } from "./siem-http.ts";

/** Difference of the clocks from which a refusal is taken to be about the time, seconds. */
const notableSkew = 60;

/** The signature of a message: HMAC-SHA256 of its id, time and body. Source: Standard Webhooks, "Signature scheme". */
export function signWebhook(secret: string, id: string, timestamp: number, body: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
}

/** A program that takes signed messages, each by its id once. Source: Standard Webhooks. */
export function createWebhookSender({ address, secret }: SiemOutput, http: SiemHttp): SiemSender {
  /** What the server's clock is ahead by, as far as it refused messages for it, seconds. */
  let ahead = 0;

  const post = (id: string, body: string) => {
    // SECURITY: the time is signed, so that a message that was heard on the way cannot be sent again later.
    const timestamp = Math.floor(Date.now() / 1000) + ahead;
    const headers = {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(timestamp),
      "webhook-signature": signWebhook(secret, id, timestamp, body),
    };
    return http.call(address, { method: "POST", headers, body });
  };

  async function send({ id, text }: Pick<SiemDocument, "id" | "text">) {
    const before = ahead;
    const reply = await post(id, text);
    const skew = http.clockSkewSeconds() ?? 0;
    const mayBeLate = [400, 401, 403].includes(reply.status) && Math.abs(skew - before) > notableSkew;
    if (!mayBeLate) return reply;
    // By the receiver's own clock, which is the one that it checks: one of the two is an hour off, and the alerts shall come all the same.
    ahead = skew;
    return await post(id, text);
  }

  return {
    send: (documents) => sendEach(documents, async (document) => judgeStatus((await send(document)).status)),
    async probe() {
      const timestamp = new Date().toISOString();
      const { status } = await send({
        id: `test.${timestamp}`,
        text: JSON.stringify({ type: "test", timestamp, data: {} }),
      });
      if (status >= 200 && status < 300) return "It takes signed messages.";
      throw unavailable(`It does not take a signed test message: status ${status}.`);
    },
    clockSkewSeconds: http.clockSkewSeconds,
    close: http.close,
  };
}
