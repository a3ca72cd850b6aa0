import { Dices, ExternalLink } from "lucide-react";
import type { LabelTask } from "../../../shared/label.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { Badge } from "../../ui/badge.tsx";
import { DecodeButton } from "../../ui/decode-button.tsx";
import { Fact, Facts } from "../../ui/facts.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatCount, formatInstant, formatScore } from "../../view/format.ts";
import { reasonInWords } from "../../view/label-words.ts";
import { classLabels, placeLabels } from "../../view/labels.ts";
import { placeHash } from "../../view/place.ts";

function Text({ title, text }: { title: string; text: string }) {
  return (
    <section aria-label={title}>
      <div className="mb-1 flex items-center justify-between">
        <h2 className="th">{title}</h2>
        <DecodeButton text={text} of={`the text, ${title.toLowerCase()}`} />
      </div>
      <pre
        tabIndex={0}
        className="max-h-[34vh] overflow-y-auto rounded-md bg-sunken p-3 font-mono text-sm leading-[21px] break-all whitespace-pre-wrap"
      >
        <UntrustedText text={text} lines />
      </pre>
    </section>
  );
}

function SessionFacts({ session }: { session: NonNullable<LabelTask["session"]> }) {
  const zone = useTimeZone();
  return (
    <>
      <Fact name="Score">{formatScore(session.score)}</Fact>
      <Fact name="Requests">{formatCount(session.requests)}</Fact>
      <Fact name="Client">{session.client === null ? "unknown" : <UntrustedText text={session.client} />}</Fact>
      {session.started_at !== null && <Fact name="Began">{formatInstant(session.started_at, zone)}</Fact>}
      {session.payload !== null && (
        <Fact name="Worst payload">
          <UntrustedText text={session.payload} />
        </Fact>
      )}
    </>
  );
}

/** What is to be labelled, as it was sent and as it reads once decoded, and where it stood. */
export function TaskCard({ task }: { task: LabelTask }) {
  const { kind, text, canonical, place, name, request_line, host, said, session, verdict_id, why } = task;
  const where = [place === null ? null : placeLabels[place], name]
    .filter((part) => part !== null && part !== "")
    .join(" ");
  return (
    <article aria-label={kind === "payload" ? "Payload to label" : "Session to label"} className="card space-y-3 p-4">
      {why !== null && (
        <p className="flex items-start gap-2 text-xs">
          {why.kind === "audit" && (
            <Badge tone="accent" icon={Dices}>
              Audit
            </Badge>
          )}
          <span className="text-ink-2">{reasonInWords(why)}</span>
        </p>
      )}
      {text === null ? (
        <p className="text-ink-2">Its text was erased. Skip it, or say what it is by what others noted.</p>
      ) : (
        <Text title={kind === "payload" ? "As it was sent" : "Session"} text={text} />
      )}
      {canonical !== null && <Text title="Decoded" text={canonical} />}
      <Facts>
        {where !== "" && (
          <Fact name="Place">
            <UntrustedText text={where} />
          </Fact>
        )}
        {request_line !== null && kind === "payload" && (
          <Fact name="Request">
            <UntrustedText text={request_line} />
          </Fact>
        )}
        {host !== null && (
          <Fact name="Host">
            <UntrustedText text={host} />
          </Fact>
        )}
        {session !== null && <SessionFacts session={session} />}
        {said !== null && (
          <Fact name="The model says">
            {classLabels[said.class]}, {formatScore(said.confidence)}
          </Fact>
        )}
      </Facts>
      {verdict_id !== null && (
        <a
          className="inline-flex min-h-6 items-center gap-1.5 text-xs font-medium text-accent hover:underline"
          href={placeHash({ screen: "session", id: verdict_id, tab: "requests" })}
        >
          <ExternalLink size={13} aria-hidden="true" />
          {kind === "payload" ? "The session that it stood in" : "Open the session"}
        </a>
      )}
    </article>
  );
}
