import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { SiemFormat } from "../../../shared/siem.ts";
import { someAlertsQuery } from "../../queries/alerts.ts";
import { siemPreviewQuery } from "../../queries/siem.ts";
import { PanelStatus } from "../../ui/panel-status.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";

interface SiemPreviewProps {
  readonly format: SiemFormat;
  /** What may be done once it was shown. */
  readonly children: ReactNode;
}

/** The newest alert in a format, with what is lost of it. */
export function SiemPreview({ format, children }: SiemPreviewProps) {
  const newest = useQuery(someAlertsQuery("", 1));
  if (newest.data === undefined) return <PanelStatus query={newest} what="the newest alert" />;
  const [alert] = newest.data.items;
  if (alert === undefined) {
    return (
      <>
        <p className="text-xs text-ink-2">There is no alert yet to show.</p>
        {children}
      </>
    );
  }
  return (
    <Document format={format} alertId={alert.id}>
      {children}
    </Document>
  );
}

function Document({ format, alertId, children }: SiemPreviewProps & { readonly alertId: string }) {
  const query = useQuery(siemPreviewQuery(format, alertId));
  if (query.data === undefined) return <PanelStatus query={query} what="the preview" />;
  const { document, content_type, lost } = query.data;
  return (
    <section aria-label="Preview" className="space-y-2">
      <h3 className="text-xs font-medium text-ink-2">The newest alert, as it would be told</h3>
      <p role="status" className={`text-xs ${lost.length === 0 ? "text-good" : "text-warn"}`}>
        {lost.length === 0 ? "Nothing of it is lost." : `Lost, whole or in part: ${lost.join(", ")}.`}
      </p>
      <section
        aria-label={`Document, ${content_type}`}
        tabIndex={0}
        className="max-h-[220px] overflow-auto rounded-md border border-line bg-sunken p-2 font-mono text-xs break-all whitespace-pre-wrap"
      >
        <UntrustedText text={inLines(document)} lines />
      </section>
      {children}
    </section>
  );
}

/** A JSON document with a member a line; anything else as it is sent. */
function inLines(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
