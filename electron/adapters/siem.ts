import type { SiemOutput } from "../../shared/siem.ts";
import type { Logger } from "../engine/base/logging.ts";
import type { OpenSiem, SiemSender } from "../engine/fleet/siem/sender.ts";
import { openCefSender } from "./siem-cef.ts";
import { createElasticSender } from "./siem-elastic.ts";
import { createHecSender } from "./siem-hec.ts";
import { createSiemHttp, type SiemHttp } from "./siem-http.ts";
import { createTaxiiSender } from "./siem-taxii.ts";
import { createWebhookSender } from "./siem-webhook.ts";

const senders: Readonly<
  Record<Exclude<SiemOutput["format"], "cef">, (output: SiemOutput, http: SiemHttp) => SiemSender>
> = {
  splunk_hec: createHecSender,
  ecs: createElasticSender,
  stix: createTaxiiSender,
  ocsf: createWebhookSender,
  webhook: createWebhookSender,
};

/** Opens the ways to systems that alerts are told to. */
export function createSiemOpener(log: Pick<Logger, "debug">): OpenSiem {
  return async (output) => {
    const { name, format, address } = output;
    if (format === "cef") return await openCefSender(output);
    const http = createSiemHttp(address, (origin) => log.debug({ purpose: "siem", origin, name }, "A call leaves."));
    return senders[format](output, http);
  };
}
