import { CircleCheck, CircleDashed, CircleX } from "lucide-react";
import type { z } from "zod";
import type { CustodyManifest } from "../../shared/evidence.ts";
import { useTimeZone } from "../queries/settings.ts";
import { formatBytes, formatCount, formatDuration, formatInstant } from "../view/format.ts";
import { Fact, Facts } from "./facts.tsx";
import { UntrustedText } from "./untrusted-text.tsx";

type Manifest = z.infer<typeof CustodyManifest>;

const checkLooks = {
  passed: { icon: CircleCheck, tone: "text-good", word: "passed" },
  failed: { icon: CircleX, tone: "text-danger", word: "failed" },
  absent: { icon: CircleDashed, tone: "text-ink-3", word: "not present" },
};

function clockText(offset: number | null): string {
  if (offset === null) return "the evidence does not tell";
  if (Math.abs(offset) < 1000) return "in step with the servers that answered";
  return `${formatDuration(Math.abs(offset))} ${offset > 0 ? "ahead of" : "behind"} the servers that answered`;
}

/** Who brought a piece of evidence, when, from where, and what was checked. */
export function CustodyView({ custody }: { custody: Manifest }) {
  const zone = useTimeZone();
  return (
    <div className="space-y-3">
      <Facts>
        <Fact name="Brought by">{custody.brought_by}</Fact>
        <Fact name="Brought at">{formatInstant(custody.brought_at, zone)}</Fact>
        <Fact name="Came as">{custody.channel}</Fact>
        <Fact name="File name">
          <UntrustedText text={custody.file_name} />
        </Fact>
        <Fact name="Size">
          {formatBytes(custody.size_bytes)} ({formatCount(custody.size_bytes)} bytes)
        </Fact>
        <Fact name="SHA-256" mono>
          {custody.sha256}
        </Fact>
        <Fact name="Recorded by">
          {custody.recorded_by === null ? "not told" : <UntrustedText text={custody.recorded_by} />}
        </Fact>
        <Fact name="Clock of the recording">{clockText(custody.clock_offset_ms)}</Fact>
      </Facts>
      {custody.again !== undefined && (
        <div className="text-xs">
          <h4 className="th">Brought again</h4>
          <ul className="mt-1 space-y-1">
            {custody.again.map(({ brought_by, brought_at, channel, file_name }) => (
              <li key={`${brought_at} ${channel} ${file_name}`}>
                {brought_by}, {formatInstant(brought_at, zone)}, {channel}: <UntrustedText text={file_name} />
              </li>
            ))}
          </ul>
        </div>
      )}
      {custody.metadata !== undefined && (
        <div className="text-xs">
          <h4 className="th">What the package says of itself</h4>
          <p className="text-ink-2">
            Neither its hash nor its signature covers this: whoever handed it on may have written it.
          </p>
          <pre className="mt-1 max-h-60 overflow-auto rounded-md bg-sunken p-2 whitespace-pre-wrap break-all">
            <UntrustedText text={custody.metadata} lines />
          </pre>
        </div>
      )}
      <ul className="space-y-1.5 text-xs">
        {custody.checks.map(({ check, result, detail }) => {
          const { icon: Icon, tone, word } = checkLooks[result];
          return (
            <li key={check} className="flex gap-2">
              <Icon size={15} className={`shrink-0 ${tone}`} aria-hidden="true" />
              <span className="min-w-0 break-words">
                <span className="font-medium">{check}</span>: <span className={tone}>{word}</span>
                {detail !== "" && (
                  <span className="text-ink-2 [&_.untrusted]:font-sans">
                    {" "}
                    · <UntrustedText text={detail} />
                  </span>
                )}
              </span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
