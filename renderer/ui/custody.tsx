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
  if (Math.abs(offset) < 1000) return "in step with this machine";
  return `${formatDuration(Math.abs(offset))} ${offset > 0 ? "ahead of" : "behind"} this machine`;
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
