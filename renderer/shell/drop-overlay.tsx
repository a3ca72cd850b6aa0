import { useQueryClient } from "@tanstack/react-query";
import { Upload } from "lucide-react";
import { useEffect, useState } from "react";
import { importFiles } from "../queries/uploads.ts";
import { notify } from "../ui/toast.tsx";
import { formatPlural } from "../view/format.ts";
import { goTo } from "../view/place.ts";

function carriesFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

/** Evidence can be dropped anywhere in the window. */
export function DropOverlay() {
  const client = useQueryClient();
  const [over, setOver] = useState(false);
  useEffect(() => {
    // Entering a child fires before leaving its parent: the depth tells when the window itself was left.
    let depth = 0;
    const onEnter = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      depth++;
      setOver(true);
    };
    const onLeave = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) setOver(false);
    };
    const onOver = (event: DragEvent) => {
      if (carriesFiles(event)) event.preventDefault();
    };
    const onDrop = (event: DragEvent) => {
      depth = 0;
      setOver(false);
      if (!carriesFiles(event)) return;
      event.preventDefault();
      const files = [...(event.dataTransfer?.items ?? [])]
        .filter((item) => item.webkitGetAsEntry()?.isDirectory !== true)
        .map((item) => item.getAsFile())
        .filter((file) => file !== null);
      if (files.length === 0) {
        notify("Drop files, not folders.", { tone: "danger" });
        return;
      }
      importFiles(client, files, "dropped file");
      notify(`Importing ${formatPlural(files.length, "file")}.`);
      goTo({ screen: "import" });
    };
    window.addEventListener("dragenter", onEnter);
    window.addEventListener("dragleave", onLeave);
    window.addEventListener("dragover", onOver);
    window.addEventListener("drop", onDrop);
    return () => {
      window.removeEventListener("dragenter", onEnter);
      window.removeEventListener("dragleave", onLeave);
      window.removeEventListener("dragover", onOver);
      window.removeEventListener("drop", onDrop);
    };
  }, [client]);
  if (!over) return null;
  return (
    <div className="pointer-events-none fixed inset-0 z-50 flex items-center justify-center bg-canvas/85 p-8">
      <div className="flex size-full flex-col items-center justify-center gap-3 rounded-2xl border-2 border-dashed border-accent">
        <Upload size={40} className="text-accent" aria-hidden="true" />
        <p className="text-lg font-semibold">Drop to import as evidence</p>
        <p className="text-ink-2">HAR files, evidence packages, access and WAF logs, Burp items, raw requests</p>
      </div>
    </div>
  );
}
