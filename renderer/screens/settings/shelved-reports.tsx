import { useMutation, useQuery } from "@tanstack/react-query";
import { Download, ShieldCheck } from "lucide-react";
import { listShelvedReports, type ShelvedReport } from "../../../shared/report.ts";
import { refusalInWords } from "../../queries/client.ts";
import { useMay } from "../../queries/network.ts";
import { readShelvedReport, reportCheck, shelvedReportsQuery } from "../../queries/reports.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { saveFile } from "../../ui/save-file.ts";
import { ShowMore, useShown } from "../../ui/show-more.tsx";
import { notify } from "../../ui/toast.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatBytes, formatInstant } from "../../view/format.ts";

/** Reports that are kept on the shelf that engines share. Without any, and without the setting, there is nothing to see. */
export function ShelvedReports() {
  const { data } = useQuery({ ...shelvedReportsQuery(), enabled: useMay(listShelvedReports) });
  const { shown, ...more } = useShown(data?.items ?? [], -1);
  if (data === undefined || (!data.is_on && data.items.length === 0)) return null;
  return (
    <section aria-label="Reports on the shelf" className="mt-4 border-t border-line pt-3">
      <h3 className="text-sm font-semibold">On the shelf</h3>
      <p className="mb-2 text-xs text-ink-2">
        {data.is_on
          ? "Each report that is taken is kept there, and goes with its evidence."
          : "No more are kept there now. Those that are go with their evidence."}
      </p>
      <ul className="divide-y divide-line">
        {shown.map((report) => (
          <Shelved key={report.sha256} report={report} />
        ))}
      </ul>
      <ShowMore {...more} />
      {data.more && <p className="text-xs text-ink-2">Older ones are in the audit log.</p>}
    </section>
  );
}

function Shelved({ report }: { report: ShelvedReport }) {
  const zone = useTimeZone();
  const { sha256, address, bytes, about, at, by, kept } = report;
  const onError = (error: Error) => notify(refusalInWords(error), { tone: "danger" });
  const saving = useMutation({
    mutationFn: async () => saveFile(await readShelvedReport(sha256), `report-${sha256.slice(0, 12)}.html`),
    networkMode: "always",
    onError,
  });
  const checking = useMutation({
    mutationFn: async () => await reportCheck(await readShelvedReport(sha256)),
    networkMode: "always",
    onSuccess: ({ verdict }) =>
      verdict === "valid"
        ? notify("Whole: signed by this Sentinel, and not changed since.")
        : notify("It is not as this Sentinel signed it.", { tone: "danger" }),
    onError,
  });
  return (
    <li className="flex items-center gap-3 py-2 text-xs">
      <div className="min-w-0 flex-1">
        <p>
          {formatInstant(at, zone)} by <UntrustedText text={by} />, {about.slice(0, 20)}, {formatBytes(bytes)}{" "}
          {!kept && <Badge tone="warn">Not confirmed</Badge>}
        </p>
        <p className="font-mono break-all text-ink-2 select-all">
          <UntrustedText text={address} />
        </p>
      </div>
      <Button
        size="small"
        icon={ShieldCheck}
        aria-label={`Check the report ${sha256.slice(0, 12)}`}
        disabled={checking.isPending}
        onClick={() => checking.mutate()}
      >
        Check
      </Button>
      <Button
        size="small"
        icon={Download}
        aria-label={`Save the report ${sha256.slice(0, 12)}`}
        disabled={saving.isPending}
        onClick={() => saving.mutate()}
      >
        Save
      </Button>
    </li>
  );
}
