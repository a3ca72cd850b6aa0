import { useMutation } from "@tanstack/react-query";
import { FileCheck2 } from "lucide-react";
import { refusalInWords } from "../queries/client.ts";
import { readReport } from "../queries/reports.ts";
import { Button } from "../ui/button.tsx";
import { saveFile } from "../ui/save-file.ts";
import { notify } from "../ui/toast.tsx";

/** The alert as one signed page. What has left cannot be taken back. */
export function ReportButton({ alertId }: { alertId: string }) {
  const making = useMutation({
    mutationFn: () => readReport(alertId),
    networkMode: "always",
    onSuccess: (file) => {
      saveFile(file, `alert-${alertId.slice(0, 12)}.html`);
      notify("The report is signed and saved; the log notes it. Share the key of the settings apart from it.");
    },
    onError: (error) => notify(`No report: ${refusalInWords(error)}`, { tone: "danger" }),
  });
  return (
    <Button
      size="small"
      icon={FileCheck2}
      disabled={making.isPending}
      title="One signed page with evidence, reasons, decisions and the log's excerpt. Noted in the log; cannot be undone"
      onClick={() => making.mutate()}
    >
      {making.isPending ? "Writing…" : "Report"}
    </Button>
  );
}
