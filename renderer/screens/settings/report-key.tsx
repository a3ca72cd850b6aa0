import { useMutation, useQuery } from "@tanstack/react-query";
import { CircleAlert, CircleCheck } from "lucide-react";
import { useRef } from "react";
import { refusalInWords } from "../../queries/client.ts";
import { type ReportCheck, reportCheck, reportKeyQuery } from "../../queries/reports.ts";
import { Button } from "../../ui/button.tsx";
import { ShelvedReports } from "./shelved-reports.tsx";

const verdicts: Record<ReportCheck["verdict"], string> = {
  valid: "Whole: signed by this Sentinel, and not changed since.",
  changed: "Changed after it was signed: do not rely on it.",
  other_key: "Whole, but signed with another key than this Sentinel's.",
  no_report: "No signed report, or its end was cut off or added to.",
};

/** The key that others check this engine's reports with, and a check of a report at hand. */
export function ReportKey() {
  const key = useQuery(reportKeyQuery()).data;
  const input = useRef<HTMLInputElement>(null);
  const check = useMutation({
    mutationFn: async (file: File) => ({ name: file.name, ...(await reportCheck(file)) }),
    networkMode: "always",
  });
  const result = check.data;
  const Icon = result?.verdict === "valid" ? CircleCheck : CircleAlert;
  return (
    <div className="card p-4">
      <p className="mb-3 text-xs text-ink-2">
        Give this key to those who read reports, apart from the reports: in person, by phone (the fingerprint), or on a
        page that they trust.
      </p>
      {key !== undefined && (
        <dl className="mb-3 grid grid-cols-[110px_1fr] gap-y-1 text-xs">
          <dt className="text-ink-2">Key</dt>
          <dd className="font-mono break-all select-all">{key.key}</dd>
          <dt className="text-ink-2">Fingerprint</dt>
          <dd className="font-mono select-all">{key.fingerprint}</dd>
        </dl>
      )}
      <input
        ref={input}
        type="file"
        accept=".html,text/html"
        hidden
        aria-label="Report to check"
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          if (file !== undefined) check.mutate(file);
          event.target.value = "";
        }}
      />
      <div className="flex items-center gap-3">
        <Button disabled={check.isPending} onClick={() => input.current?.click()}>
          Check a report…
        </Button>
        <p role="status" className="min-w-0 text-xs">
          {result !== undefined && (
            <span className={`flex items-center gap-1.5 ${result.verdict === "valid" ? "text-good" : "text-danger"}`}>
              <Icon size={14} className="shrink-0" aria-hidden="true" />
              <span className="min-w-0 break-words">
                {result.name}: {verdicts[result.verdict]}
                {result.verdict === "other_key" && ` Its fingerprint: ${result.fingerprint}`}
              </span>
            </span>
          )}
          {check.error !== null && <span className="text-danger">{refusalInWords(check.error)}</span>}
        </p>
      </div>
      <ShelvedReports />
    </div>
  );
}
