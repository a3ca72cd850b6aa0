import { useQueryClient } from "@tanstack/react-query";
import { FolderOpen, Upload } from "lucide-react";
import { type ReactNode, useRef } from "react";
import { importFiles } from "../queries/uploads.ts";
import { goTo } from "../view/place.ts";
import { Button } from "./button.tsx";

/** Where evidence is dropped or chosen. Dropping works on the whole window; this says so and offers the dialog. */
export function DropZone({ children }: { children?: ReactNode }) {
  const client = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  return (
    <div className="flex flex-col items-center gap-3 rounded-xl border-2 border-dashed border-line-strong bg-surface px-6 py-8 text-center">
      <Upload size={30} strokeWidth={1.6} className="text-accent" aria-hidden="true" />
      <div>
        <p className="text-[15px] font-semibold">Drop evidence anywhere in this window</p>
        <p className="mt-0.5 text-ink-2">
          HAR files, evidence packages, access and WAF logs (also .gz), Burp items, raw HTTP requests
        </p>
      </div>
      <div className="flex gap-2">
        <Button icon={FolderOpen} onClick={() => input.current?.click()}>
          Choose files…
        </Button>
        {children}
      </div>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Evidence files"
        onChange={(event) => {
          const files = [...(event.target.files ?? [])];
          event.target.value = "";
          if (files.length === 0) return;
          importFiles(client, files, "dialog");
          goTo({ screen: "import" });
        }}
      />
    </div>
  );
}
