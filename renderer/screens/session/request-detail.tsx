import { useQuery } from "@tanstack/react-query";
import { EyeOff } from "lucide-react";
import { useMemo, useState } from "react";
import type { z } from "zod";
import { requestNumber } from "../../../shared/request-number.ts";
import type { RequestSegment } from "../../../shared/verdict.ts";
import { WhereElse } from "../../pivot/where-else.tsx";
import { type RequestDetail, requestQuery, type VerdictDetail } from "../../queries/verdicts.ts";
import { Button } from "../../ui/button.tsx";
import { PanelStatus } from "../../ui/panel-status.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatBytes, formatDuration, formatPlural } from "../../view/format.ts";
import { classLabels } from "../../view/labels.ts";
import { valuesOfRequest } from "../../view/pivot.ts";
import { markReflected } from "../../view/reflected.ts";
import { CopyMenu } from "./copy-menu.tsx";
import { FindingCard } from "./finding-card.tsx";
import { Judgement } from "./judgement.tsx";
import { RevealDialog } from "./reveal-dialog.tsx";

type Segment = z.infer<typeof RequestSegment>;

/** Segments that are drawn as one: a secret, plain text, or a payload with its decisive parts. */
interface Stretch {
  /** Where it starts: it has no id of its own. */
  readonly start: number;
  readonly kind: Segment["kind"];
  readonly finding: number | null;
  readonly parts: readonly Segment[];
}

function toStretches(segments: readonly Segment[]): Stretch[] {
  const stretches: Stretch[] = [];
  let start = 0;
  for (const segment of segments) {
    const last = stretches.at(-1);
    if (last !== undefined && last.kind === "payload" && segment.kind === "payload" && last.finding === segment.finding)
      stretches[stretches.length - 1] = { ...last, parts: [...last.parts, segment] };
    else stretches.push({ start, kind: segment.kind, finding: segment.finding, parts: [segment] });
    start += segment.text.length;
  }
  return stretches;
}

const payloadLook = "border-b-2 border-mark-line bg-mark text-mark-ink";
const decisiveLook = "bg-mark-strong font-semibold text-mark-ink";

/** What the colours in the request mean; only those that occur in it. */
function Legend({ segments }: { segments: readonly Segment[] }) {
  const has = (test: (segment: Segment) => boolean) => segments.some(test);
  const entries = [
    { look: payloadLook, text: "payload", shown: has(({ kind }) => kind === "payload") },
    { look: decisiveLook, text: "the part that decided", shown: has(({ decisive }) => decisive) },
    { look: "bg-calm-soft text-calm", text: "masked secret", shown: has(({ kind }) => kind === "secret") },
  ].filter(({ shown }) => shown);
  if (entries.length === 0) return null;
  return (
    <p className="flex flex-wrap gap-x-4 gap-y-1 px-3 pt-2.5 text-2xs text-ink-3">
      <span className="sr-only">In the request:</span>
      {entries.map(({ look, text }) => (
        <span key={text} className="flex items-center gap-1.5">
          <span className={`inline-block h-3.5 w-6 rounded-[3px] ${look}`} aria-hidden="true" />
          {text}
        </span>
      ))}
    </p>
  );
}

interface RequestTextProps {
  readonly segments: readonly Segment[];
  readonly active: number | null;
  readonly onPick: (finding: number) => void;
}

/** The request as it stood, payloads marked in place, and in them what decided. */
function RequestText({ segments, active, onPick }: RequestTextProps) {
  const stretches = useMemo(() => toStretches(segments), [segments]);
  return (
    <pre className="p-3 font-mono text-xs leading-[19px] break-all whitespace-pre-wrap">
      {stretches.map(({ start, kind, finding, parts }) => {
        const text = parts.map((part) => part.text).join("");
        if (kind === "secret") {
          return (
            <span key={start} className="rounded-[3px] bg-calm-soft px-0.5 text-calm" title="A secret, masked">
              <UntrustedText text={text} lines />
            </span>
          );
        }
        if (kind === "plain" || finding === null) return <UntrustedText key={start} text={text} lines />;
        return (
          // A real button cannot break over lines; what it would bring is added: focus, role, Enter and Space.
          <span
            key={start}
            role="button"
            tabIndex={0}
            title={`Payload ${finding + 1}`}
            aria-pressed={finding === active}
            onClick={() => onPick(finding)}
            onKeyDown={(event) => {
              if (event.key !== "Enter" && event.key !== " ") return;
              event.preventDefault();
              onPick(finding);
            }}
            className={`rounded-[3px] ${payloadLook} ${finding === active ? "outline-2 outline-mark-line" : ""}`}
          >
            {parts.map((part, i) =>
              part.decisive ? (
                // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one payload never move.
                <mark key={i} className={decisiveLook}>
                  <UntrustedText text={part.text} lines />
                </mark>
              ) : (
                // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one payload never move.
                <UntrustedText key={i} text={part.text} lines />
              ),
            )}
            <span className="ml-0.5 align-super text-[9px] leading-none font-semibold">
              <span className="sr-only">, payload </span>
              {finding + 1}
            </span>
          </span>
        );
      })}
    </pre>
  );
}

/** Text of the response, with what of it repeats a payload. */
function Repeating({ text, findings }: { text: string; findings: RequestDetail["findings"] }) {
  const stretches = useMemo(() => {
    const attacks = findings.map((finding) =>
      finding.prediction.class === "benign" ? { text: "", canonical: "" } : finding,
    );
    return markReflected(text, attacks);
  }, [text, findings]);
  return stretches.map(({ start, text: stretch, payload }) =>
    payload === null ? (
      <UntrustedText key={start} text={stretch} lines />
    ) : (
      <mark key={start} title={`Payload ${payload + 1} comes back here`} className={`rounded-[3px] ${payloadLook}`}>
        <UntrustedText text={stretch} lines />
        <span className="ml-0.5 align-super text-[9px] leading-none font-semibold">
          <span className="sr-only">, payload </span>
          {payload + 1}
        </span>
      </mark>
    ),
  );
}

function ResponseText({ detail }: { detail: RequestDetail }) {
  const { response, findings } = detail;
  if (response === null) return <p className="p-3 text-ink-3">This evidence holds no response.</p>;
  return (
    <pre className="p-3 font-mono text-xs leading-[19px] break-all whitespace-pre-wrap">
      <Repeating text={response.head} findings={findings} />
      {"\n\n"}
      {response.body_available ? (
        <Repeating text={response.body} findings={findings} />
      ) : (
        <span className="font-sans text-ink-3">The body is not in this evidence.</span>
      )}
      {response.body_cut && <span className="font-sans text-ink-3">{"\n"}… the rest of the body is not shown.</span>}
    </pre>
  );
}

function responseSummary({ request }: RequestDetail): string {
  return [
    request.status === null ? null : String(request.status),
    request.response_size === null ? null : formatBytes(request.response_size),
    request.duration_ms === null ? null : formatDuration(request.duration_ms),
  ]
    .filter((part) => part !== null)
    .join(" · ");
}

const whereOf = ({ client }: VerdictDetail, { request }: RequestDetail) => ({
  client,
  host: request.host,
  target: request.target,
});

const isAttack = ({ request }: RequestDetail) => request.worst !== null && request.worst.class !== "benign";

function headingOf(detail: RequestDetail): string {
  const { findings } = detail;
  if (isAttack(detail)) {
    return findings.length > 0
      ? formatPlural(findings.length, "payload")
      : `Flagged: ${classLabels[detail.request.worst!.class]}`;
  }
  return findings.length > 0 ? formatPlural(findings.length, "nearest value") : "Why nothing of it was flagged";
}

/** Where the payloads come from, unless they are kept with the verdict. */
function noteOf({ findings_from: from }: RequestDetail): string | null {
  if (from === "verdict") return null;
  return from === "model"
    ? "The verdict keeps the worst payloads of its session. Those of this request were judged again just now, by the model that decided."
    : "The verdict keeps the worst payloads of its session, and this request's are not among them. They could not be judged again: the model that decided is not here any more, did not answer, or finds nothing in it.";
}

/** One request: its text with payloads, its response, and each finding decoded. */
export function RequestDetailView({ verdict, request }: { verdict: VerdictDetail; request: number }) {
  const verdictId = verdict.id;
  const query = useQuery(requestQuery(verdictId, request));
  const [revealed, setRevealed] = useState<readonly Segment[] | null>(null);
  const [asking, setAsking] = useState(false);
  const [active, setActive] = useState<number | null>(null);
  if (query.data === undefined) return <PanelStatus query={query} what={`request ${requestNumber(request)}`} />;
  const detail = query.data;
  const maskedText = detail.segments.map(({ text }) => text).join("");
  const isFlagged = isAttack(detail);
  const hasSecrets = detail.segments.some(({ kind }) => kind === "secret");
  return (
    <div className="grid h-full grid-cols-[minmax(0,1fr)_330px] 2xl:grid-cols-[minmax(0,1fr)_440px]">
      <section
        aria-label={`Request ${requestNumber(request)} as text`}
        tabIndex={0}
        className="overflow-y-auto focus-visible:outline-offset-[-2px]"
      >
        <div className="sticky top-0 z-[1] flex h-9 items-center justify-between border-b border-line bg-canvas px-3">
          <h2 className="th">
            Request #{requestNumber(request)}
            {detail.cut && <span className="font-normal"> · shown in part</span>}
          </h2>
          <div className="flex gap-2">
            <WhereElse values={valuesOfRequest(whereOf(verdict, detail), maskedText, detail.findings)} />
            <CopyMenu
              text={revealed === null ? maskedText : revealed.map(({ text }) => text).join("")}
              detail={detail}
              secrets={revealed !== null ? "shown" : hasSecrets ? "masked" : "none"}
              onReveal={() => setAsking(true)}
            />
            {revealed !== null ? (
              <Button size="small" icon={EyeOff} onClick={() => setRevealed(null)}>
                Mask again
              </Button>
            ) : (
              hasSecrets && (
                <Button size="small" onClick={() => setAsking(true)}>
                  Reveal secrets…
                </Button>
              )
            )}
          </div>
        </div>
        <Legend segments={revealed ?? detail.segments} />
        <RequestText segments={revealed ?? detail.segments} active={active} onPick={setActive} />
        <div className="flex h-9 items-center justify-between border-y border-line px-3">
          <h2 className="th">Response</h2>
          <span className="text-xs text-ink-3">{responseSummary(detail)}</span>
        </div>
        <ResponseText detail={detail} />
      </section>
      <section
        aria-label="Payloads of the request"
        tabIndex={0}
        className="overflow-y-auto border-l border-line bg-surface focus-visible:outline-offset-[-2px]"
      >
        <h2 className="th sticky top-0 z-[1] flex h-9 items-center border-b border-line bg-surface px-3">
          {headingOf(detail)}
        </h2>
        {noteOf(detail) !== null && (
          <p className="border-b border-line px-3 py-2 text-xs text-ink-2">{noteOf(detail)}</p>
        )}
        {detail.findings.length > 0 && (
          <ol>
            {detail.findings.map((finding, i) => (
              <FindingCard
                key={`${finding.span.start}-${finding.place}-${finding.name}`}
                finding={finding}
                number={i}
                inRequest={{ verdictId, active: i === active, onPick: () => setActive(i) }}
              />
            ))}
          </ol>
        )}
        <Judgement verdict={verdict} request={request} isOpen={!isFlagged} />
      </section>
      {asking && (
        <RevealDialog
          verdictId={verdictId}
          request={request}
          onClose={() => setAsking(false)}
          onRevealed={(segments) => {
            setRevealed(segments);
            setAsking(false);
          }}
        />
      )}
    </div>
  );
}
