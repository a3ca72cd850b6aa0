import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useState } from "react";
import { type Rule, type RuleFormat, ruleFormats } from "../../../shared/rule-record.ts";
import { ruleExportQuery } from "../../queries/rules.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { PanelStatus } from "../../ui/panel-status.tsx";
import { saveFile } from "../../ui/save-file.ts";
import { Segments } from "../../ui/segments.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";

const formatWords: Record<RuleFormat, string> = { seclang: "ModSecurity, Coraza", json: "JSON", sigma: "Sigma" };

function ExportDialog({ rule, onClose }: { rule: Rule; onClose: () => void }) {
  const [format, setFormat] = useState<RuleFormat>("seclang");
  const query = useQuery(ruleExportQuery(rule.id, rule.version, format));
  const file = query.data;
  return (
    <Dialog
      title={`Export rule ${rule.number}`}
      size="medium"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button
            tone="primary"
            icon={Download}
            disabled={file === undefined}
            onClick={() => file !== undefined && saveFile(new Blob([file.text]), file.file_name)}
          >
            Save the file
          </Button>
        </>
      }
    >
      <div className="space-y-3">
        <div className="flex">
          <Segments
            legend="Format"
            options={ruleFormats.map((value) => ({ value, label: formatWords[value] }))}
            value={format}
            onChange={setFormat}
          />
        </div>
        {file === undefined ? (
          <PanelStatus query={query} what="the file" />
        ) : (
          <>
            <section aria-label="The file" tabIndex={0} className="max-h-[260px] overflow-auto rounded bg-sunken p-3">
              <pre className="text-xs whitespace-pre-wrap break-all">
                <UntrustedText text={file.text} lines />
              </pre>
            </section>
            {file.differences.length > 0 && (
              <div>
                <h3 className="text-sm font-semibold">Where it does not do the same there</h3>
                <ul className="list-disc space-y-1 pl-5 text-sm text-ink-2">
                  {file.differences.map((difference) => (
                    <li key={difference}>{difference}</li>
                  ))}
                </ul>
              </div>
            )}
          </>
        )}
      </div>
    </Dialog>
  );
}

/** The way to take a rule to another engine. */
export function ExportRule({ rule }: { rule: Rule }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button size="small" icon={Download} onClick={() => setIsOpen(true)}>
        Export…
      </Button>
      {isOpen && <ExportDialog rule={rule} onClose={() => setIsOpen(false)} />}
    </>
  );
}
