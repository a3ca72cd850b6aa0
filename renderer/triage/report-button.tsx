import { useMutation } from "@tanstack/react-query";
import { FileCheck2 } from "lucide-react";
import { refusalInWords } from "../queries/client.ts";
import { Button } from "../ui/button.tsx";
import { saveFile } from "../ui/save-file.ts";
import { notify } from "../ui/toast.tsx";

interface ReportButtonProps {
  /** Name of the file, without its ending. */
  readonly name: string;
  readonly read: () => Promise<Blob>;
  readonly size?: "small" | "normal";
}

/** An alert or a case as one signed page. What has left cannot be taken back. */
export function ReportButton({ name, read, size = "small" }: ReportButtonProps) {
  const making = useMutation({
    mutationFn: read,
    networkMode: "always",
    onSuccess: (file) => {
      saveFile(file, `${name}.html`);
      notify("The report is signed and saved; the log notes it. Share the key of the settings apart from it.");
    },
    onError: (error) => notify(`No report: ${refusalInWords(error)}`, { tone: "danger" }),
  });
  return (
    <Button
      size={size}
      icon={FileCheck2}
      disabled={making.isPending}
      title="One signed page with evidence, reasons, decisions and the log's excerpt. Noted in the log; cannot be undone"
      onClick={() => making.mutate()}
    >
      {making.isPending ? "Writing…" : "Report"}
    </Button>
  );
}
