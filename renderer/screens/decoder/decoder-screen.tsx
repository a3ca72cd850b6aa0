import { useQuery } from "@tanstack/react-query";
import { Copy, CornerDownRight, Eraser, Search, Undo2, Wand } from "lucide-react";
import { useDeferredValue, useId } from "react";
import { type DecodedStep, type DecoderName, decoderNames, longestScratch } from "../../../shared/decode.ts";
import { formatText } from "../../../shared/query-complete.ts";
import { splitVisible } from "../../../shared/visible-text.ts";
import { type Decoded, decodedQuery } from "../../queries/decode.ts";
import { Button } from "../../ui/button.tsx";
import { copyText } from "../../ui/copy-text.ts";
import { EmptyPanel, PanelStatus } from "../../ui/panel-status.tsx";
import { notify } from "../../ui/toast.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatPlural } from "../../view/format.ts";
import { useKeyOf, withKey } from "../../view/keys-in-force.ts";
import { goTo } from "../../view/place.ts";
import { useScratch } from "../../view/scratch.ts";
import { searchPlace } from "../../view/search.ts";
import { useKeys } from "../../view/use-keys.ts";

const decoderLabels: Record<DecoderName, string> = {
  url: "URL",
  url_plus: "URL, + is a space",
  html: "HTML entities",
  escapes: "Escapes (\\x, \\u)",
  json: "JSON string",
  base64: "Base64, base64url",
  hex: "Hexadecimal",
  utf7: "UTF-7",
  unicode: "Unicode forms",
  gzip: "gzip",
  deflate: "deflate, zlib",
  jwt: "JSON Web Token",
  white_space: "White space, comments",
  shell: "Shell tricks",
};

const isDecoder = (name: string): name is DecoderName => (decoderNames as readonly string[]).includes(name);
const labelOf = (name: string) => (isDecoder(name) ? decoderLabels[name] : name.replaceAll("_", " "));

/** Texts of these lengths can be looked for. */
const longestSought = 500;

async function copy(text: string): Promise<void> {
  if (await copyText(text)) notify("Copied.");
  else notify("The browser did not let it be copied.", { tone: "danger" });
}

function Step({ step, number }: { step: DecodedStep; number: number }) {
  const { decodings, text, length, binary } = step;
  return (
    <li className="card overflow-clip">
      <div className="flex min-h-9 items-center gap-2 border-b border-line px-3 py-1">
        <CornerDownRight size={14} className="text-ink-3" aria-hidden="true" />
        <h3 className="flex-1 text-sm font-semibold">
          {number}. {decodings.map(labelOf).join(", ")}
          <span className="ml-2 text-xs font-normal text-ink-3">
            {formatPlural(length, "character")}
            {binary && " · bytes that are no text, shown as Latin-1"}
            {text.length < length && ` · the first ${formatPlural(text.length, "character")} shown`}
          </span>
        </h3>
        <Button size="small" tone="ghost" icon={Copy} onClick={() => void copy(text)}>
          Copy
        </Button>
        {!binary && text.length <= longestSought && text.trim() !== "" && (
          <Button size="small" tone="ghost" icon={Search} onClick={() => goTo(searchPlace(formatText(text)))}>
            Search
          </Button>
        )}
        <Button
          size="small"
          tone="ghost"
          icon={Undo2}
          onClick={() => useScratch.getState().set({ text: text.slice(0, longestScratch), steps: null })}
        >
          Begin here
        </Button>
      </div>
      <pre className="max-h-[40vh] overflow-y-auto p-3 font-mono text-xs leading-[19px] break-all whitespace-pre-wrap">
        <UntrustedText text={text} lines />
      </pre>
    </li>
  );
}

/** The text itself where something in it cannot be seen in a field: control characters, and those that reorder. */
function AsGiven({ text }: { text: string }) {
  if (splitVisible(text, true).every(({ kind }) => kind === "text")) return null;
  return (
    <section aria-label="The text as given" className="card mb-3 p-3">
      <h3 className="th mb-1">As given, with what a field does not show</h3>
      <pre className="max-h-40 overflow-y-auto font-mono text-xs leading-[19px] break-all whitespace-pre-wrap">
        <UntrustedText text={text} lines />
      </pre>
    </section>
  );
}

function Steps({ decoded, isAutomatic }: { decoded: Decoded; isAutomatic: boolean }) {
  const { steps, problem } = decoded;
  return (
    <>
      {steps.length > 0 && (
        <ol aria-label="Decodings, each on what the one before gave" className="space-y-3">
          {steps.map((step, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place in the chain.
            <Step key={i} step={step} number={i + 1} />
          ))}
        </ol>
      )}
      {problem !== null && (
        <p role="alert" className="mt-3 rounded-md border border-danger px-3 py-2 text-sm text-danger">
          {problem}
        </p>
      )}
      {steps.length === 0 && problem === null && isAutomatic && (
        <EmptyPanel title="The detector reads it as it stands">
          Nothing in it is encoded in a way that it undoes.
        </EmptyPanel>
      )}
      {steps.length === 0 && problem === null && !isAutomatic && (
        <EmptyPanel title="No step chosen yet">Choose the first decoding on the left.</EmptyPanel>
      )}
    </>
  );
}

/** A scratchpad: a text, and what it says decoding by decoding. Offline; nothing of it is stored or logged. */
export function DecoderScreen() {
  const { text, steps, set } = useScratch();
  const decodeKey = useKeyOf("decode");
  const asked = useDeferredValue(text);
  const query = useQuery(decodedQuery(asked, steps));
  const id = useId();
  useKeys({
    filter: () => document.getElementById(id)?.focus(),
    back: () => set({ text: "", steps: null }),
  });
  return (
    <div className="grid h-full grid-cols-[minmax(0,2fr)_minmax(0,3fr)] gap-4 p-4">
      <section aria-label="What is decoded" className="flex min-h-0 flex-col gap-3 overflow-y-auto">
        <div className="card flex flex-col gap-2 p-4">
          <label htmlFor={id} className="text-sm font-semibold">
            Text to decode
          </label>
          <textarea
            id={id}
            rows={10}
            maxLength={longestScratch}
            spellCheck={false}
            autoComplete="off"
            className="input w-full resize-y font-mono text-xs break-all"
            placeholder="Paste a payload, a token, compressed Base64 …"
            value={text}
            onChange={(event) => set({ text: event.target.value })}
          />
          <p className="text-xs text-ink-3">
            Decoded on this machine. It is not stored, not logged, and forgotten when Sentinel closes.
          </p>
        </div>
        <div className="card p-4">
          <h2 className="mb-2 text-sm font-semibold">Steps</h2>
          <div className="mb-3 flex flex-wrap gap-2">
            <Button size="small" icon={Wand} aria-pressed={steps === null} onClick={() => set({ steps: null })}>
              As the detector reads it
            </Button>
            <Button
              size="small"
              icon={Undo2}
              disabled={steps === null || steps.length === 0}
              onClick={() => set({ steps: steps?.slice(0, -1) ?? null })}
            >
              Take the last step back
            </Button>
            <Button size="small" icon={Eraser} disabled={text === ""} onClick={() => set({ text: "", steps: null })}>
              Clear
            </Button>
          </div>
          <p className="th mb-1.5">{steps === null ? "Or choose each step" : "Add a step"}</p>
          <div className="flex flex-wrap gap-1.5">
            {decoderNames.map((name) => (
              <Button
                key={name}
                size="small"
                disabled={(steps?.length ?? 0) >= 20}
                onClick={() => set({ steps: [...(steps ?? []), name] })}
              >
                {decoderLabels[name]}
              </Button>
            ))}
          </div>
          {steps !== null && steps.length > 0 && (
            <p className="mt-3 text-xs text-ink-2">Chosen: {steps.map(labelOf).join(" → ")}</p>
          )}
        </div>
      </section>
      <section aria-label="Steps of the decoding" tabIndex={0} className="min-h-0 overflow-y-auto">
        {text === "" ? (
          <EmptyPanel icon={Wand} title="Nothing to decode yet">
            {`Paste a text, or send one here: from a payload, or ${withKey("what you selected on a page", decodeKey)}.`}
          </EmptyPanel>
        ) : query.data === undefined ? (
          <PanelStatus query={query} what="the steps" />
        ) : (
          <>
            <AsGiven text={asked} />
            <Steps decoded={query.data} isAutomatic={steps === null} />
          </>
        )}
      </section>
    </div>
  );
}
