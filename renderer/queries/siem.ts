import { queryOptions } from "@tanstack/react-query";
import type { Output } from "../../shared/route.ts";
import { previewSiem, type SiemFormat, type SiemOutput, testSiem } from "../../shared/siem.ts";
import { call } from "./client.ts";

export type SiemPreview = Output<typeof previewSiem>;

/** An alert as another system would be told of it. */
export const siemPreviewQuery = (format: SiemFormat, alertId: string) =>
  queryOptions({
    queryKey: ["siem", "preview", format, alertId],
    queryFn: ({ signal }): Promise<SiemPreview> => call(previewSiem, { format, alert_id: alertId }, { signal }),
  });

export const trySiem = (output: SiemOutput) => call(testSiem, { output });
