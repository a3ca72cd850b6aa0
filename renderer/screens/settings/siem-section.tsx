import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import type { ComponentHealth } from "../../../shared/health.ts";
import type { SiemOutput } from "../../../shared/siem.ts";
import { healthQuery } from "../../queries/health.ts";
import { type SettingsInForce, useTimeZone } from "../../queries/settings.ts";
import { Button } from "../../ui/button.tsx";
import { formatInstantsIn } from "../../view/format.ts";
import { SiemDialog } from "./siem-dialog.tsx";
import { siemWords } from "./siem-formats.ts";
import { useSettingList } from "./use-setting-list.ts";

/** Systems that alerts are told to. Each change is saved by itself, with what is lost of an alert in view. */
export function SiemSection(inForce: SettingsInForce) {
  const list = useSettingList("siem_outputs", inForce, "The outputs are as they were.");
  const { entries: outputs, edited, isMoved } = list;
  const health = useQuery(healthQuery()).data?.components ?? {};
  return (
    <section aria-labelledby="siem" className="card mt-4 p-4">
      <div className="flex items-center gap-6">
        <div className="min-w-0 flex-1">
          <h3 id="siem" className="font-semibold">
            Other systems that are told of alerts
          </h3>
          <p className="text-xs text-ink-2">
            Splunk, Elasticsearch, CEF, OCSF, STIX over TAXII, or a signed webhook. Texts are masked as on the screens.
          </p>
        </div>
        <Button icon={Plus} onClick={() => list.edit("new")}>
          Add an output…
        </Button>
      </div>
      {outputs.length > 0 && (
        <ul className="mt-3 divide-y divide-line border-t border-line">
          {outputs.map((output) => (
            <Row
              key={output.name}
              output={output}
              health={health[`siem ${output.name}`]}
              onEdit={() => list.edit(output)}
              onRemove={() => list.remove(output, `${output.name} is removed.`)}
            />
          ))}
        </ul>
      )}
      {edited === null && list.error !== null && (
        <p role="alert" className="mt-2 text-xs text-danger">
          Not saved: {list.error.message}
        </p>
      )}
      {edited !== null && (
        <SiemDialog
          output={edited === "new" ? null : edited}
          isMoved={isMoved}
          error={list.error}
          isSaving={list.isSaving}
          onSave={(to) => list.put(edited, to, `${to.name} is saved.`)}
          onClose={list.close}
        />
      )}
    </section>
  );
}

interface RowProps {
  readonly output: SiemOutput;
  /** Undefined: it is off. */
  readonly health: ComponentHealth | undefined;
  readonly onEdit: () => void;
  readonly onRemove: () => void;
}

function Row({ output, health, onEdit, onRemove }: RowProps) {
  const zone = useTimeZone();
  const { name, format, address, min_severity, on } = output;
  return (
    <li className="flex items-center gap-3 py-2">
      <div className="min-w-0 flex-1">
        <p className="font-medium">
          {name} <span className="text-xs font-normal text-ink-2">{siemWords[format].label}</span>
        </p>
        <p className="truncate font-mono text-xs text-ink-2">{address}</p>
        <p className={`text-xs ${health?.status === "degraded" ? "text-warn" : "text-ink-3"}`}>
          {on ? `From ${min_severity}. ${formatInstantsIn(health?.detail ?? "", zone)}` : "Off"}
        </p>
      </div>
      <Button size="small" aria-label={`Change ${name}`} onClick={onEdit}>
        Change…
      </Button>
      <Button size="small" aria-label={`Remove ${name}`} onClick={onRemove}>
        Remove
      </Button>
    </li>
  );
}
