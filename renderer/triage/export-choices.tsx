import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { refusalInWords } from "../queries/client.ts";
import { Popover } from "../ui/popover.tsx";
import { saveFile } from "../ui/save-file.ts";
import { notify } from "../ui/toast.tsx";

export interface ExportChoice<F extends string> {
  readonly format: F;
  readonly label: string;
  readonly detail: string;
  /** Ending of the file's name. */
  readonly ending: string;
}

interface ExportChoicesProps<F extends string> {
  /** What is exported, before what that means. */
  readonly what: string;
  /** Of the file, without its ending; asked when it is saved. */
  readonly name: () => string;
  readonly choices: readonly ExportChoice<F>[];
  readonly read: (format: F) => Promise<Blob>;
}

/** A file for other programs, in one of several formats. */
export function ExportChoices<F extends string>({ what, name, choices, read }: ExportChoicesProps<F>) {
  const reading = useMutation({
    mutationFn: ({ format }: ExportChoice<F>) => read(format),
    networkMode: "always",
    onSuccess: (file, { ending }) => saveFile(file, `${name()}.${ending}`),
    onError: (error) => notify(`Not exported: ${refusalInWords(error)}`, { tone: "danger" }),
  });
  return (
    <Popover icon={Download} label={reading.isPending ? "Exporting…" : "Export"} active={reading.isPending}>
      {(close) => (
        <div className="w-[300px]">
          <p className="mb-2 text-xs text-ink-2">{what} The log notes who took it; that cannot be undone.</p>
          {choices.map((choice) => (
            <button
              key={choice.format}
              type="button"
              disabled={reading.isPending}
              onClick={() => {
                close();
                reading.mutate(choice);
              }}
              className="flex w-full items-baseline gap-2 rounded-md px-2 py-1.5 text-left hover:bg-hover disabled:opacity-50"
            >
              <span className="shrink-0 font-medium">{choice.label}</span>
              <span className="text-xs text-ink-2">{choice.detail}</span>
            </button>
          ))}
        </div>
      )}
    </Popover>
  );
}
