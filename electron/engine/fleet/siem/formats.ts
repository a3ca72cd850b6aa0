import type { SiemFormat } from "../../../../shared/siem.ts";
import { cefFormat } from "./cef.ts";
import { ecsFormat } from "./ecs.ts";
import type { AlertFormat } from "./format.ts";
import { hecFormat } from "./hec.ts";
import { ocsfFormat } from "./ocsf.ts";
import { stixFormat } from "./stix.ts";
import { webhookFormat } from "./webhook.ts";

export const alertFormats: Readonly<Record<SiemFormat, AlertFormat>> = {
  splunk_hec: hecFormat,
  ecs: ecsFormat,
  cef: cefFormat,
  ocsf: ocsfFormat,
  stix: stixFormat,
  webhook: webhookFormat,
};
