import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { type ExportFormat, exportFormats } from "../../../shared/report.ts";
import { refusalInWords } from "../../queries/client.ts";
import { readExport } from "../../queries/reports.ts";
import { Popover } from "../../ui/popover.tsx";
import { saveFile } from "../../ui/save-file.ts";
import { notify } from "../../ui/toast.tsx";
import { useQueue } from "../../view/queue.ts";

const labels: Record<ExportFormat, { label: string; detail: string }> = {
  csv: { label: "CSV", detail: "for spreadsheets; formulas are made harmless" },
  json: { label: "JSON", detail: "one list" },
  jsonl: { label: "JSON Lines", detail: "an alert a line" },
};

/** What matches the query now, as a file. */
export function ExportMenu() {
  const q = useQueue((queue) => queue.q);
  const reading = useMutation({
    mutationFn: (format: ExportFormat) => readExport(q, format),
    networkMode: "always",
    onSuccess: (file, format) =>
      saveFile(file, `alerts-${new Date().toISOString().slice(0, 16).replace(":", "")}.${format}`),
    onError: (error) => notify(`Not exported: ${refusalInWords(error)}`, { tone: "danger" }),
  });
  return (
    <Popover icon={Download} label={reading.isPending ? "Exporting…" : "Export"} active={reading.isPending}>
      {(close) => (
        <div className="w-[280px]">
          <p className="mb-2 text-xs text-ink-2">
            Every alert that matches now, read or not. The log notes who took it; that cannot be undone.
          </p>
          {exportFormats.map((format) => (
            <button
              key={format}
              type="button"
              disabled={reading.isPending}
              onClick={() => {
                close();
                reading.mutate(format);
              }}
              className="flex w-full items-baseline gap-2 rounded-md px-2 py-1.5 text-left hover:bg-hover disabled:opacity-50"
            >
              <span className="font-medium">{labels[format].label}</span>
              <span className="text-xs text-ink-2">{labels[format].detail}</span>
            </button>
          ))}
        </div>
      )}
    </Popover>
  );
}
