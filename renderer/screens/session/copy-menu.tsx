import { Copy } from "lucide-react";
import { type Copied, copyAsCurl, copyAsHar, copyAsRaw, nameMasks } from "../../../shared/copy-request.ts";
import type { RequestDetail } from "../../queries/verdicts.ts";
import { Button } from "../../ui/button.tsx";
import { copyText } from "../../ui/copy-text.ts";
import { Popover } from "../../ui/popover.tsx";
import { notify } from "../../ui/toast.tsx";

interface CopyMenuProps {
  /** The request as it is shown. */
  readonly text: string;
  readonly detail: RequestDetail;
  /** What the text has of secrets: masks in their place, or themselves. */
  readonly secrets: "none" | "masked" | "shown";
  readonly onReveal: () => void;
}

function toHar(text: string, { request, response, scheme }: RequestDetail): Copied {
  const { started_at: startedAt, duration_ms: durationMs, status } = request;
  return copyAsHar(text, { startedAt, durationMs, status, response, ...(scheme === null ? {} : { scheme }) });
}

const forms = [
  {
    name: "cURL",
    hint: "a command for bash, one line",
    make: (text: string, detail: RequestDetail) => copyAsCurl(text, detail.scheme ?? "https"),
  },
  { name: "HAR entry", hint: "request and response, JSON", make: toHar },
  { name: "Raw request", hint: "as it went over the wire", make: (text: string) => copyAsRaw(text) },
] as const;

const hints = {
  none: "No secret was recognised in it.",
  masked: "Secrets are copied as “[masked]”.",
  shown: "With the secrets that you revealed.",
};

async function copy(name: string, copied: Copied, isCut: boolean): Promise<void> {
  if (copied.text === null) {
    notify(`Not copied. ${copied.reason}`, { tone: "danger" });
    return;
  }
  const notes = [...copied.notes, ...(isCut ? ["The request is there in part only."] : [])].join(" ");
  if (await copyText(copied.text)) notify(`Copied as ${name}. ${notes}`.trim());
  else notify("The browser did not let it be copied.", { tone: "danger" });
}

/** Copies the request as shown: with masks, unless its secrets were revealed, which the log knows. */
export function CopyMenu({ text, detail, secrets, onReveal }: CopyMenuProps) {
  return (
    <Popover icon={Copy} label="Copy" active={false} small>
      {(close) => (
        <div className="w-[250px] space-y-1">
          {forms.map(({ name, hint, make }) => (
            <button
              key={name}
              type="button"
              className="block w-full rounded-md px-2 py-1.5 text-left hover:bg-hover"
              onClick={() => {
                close();
                void copy(name, make(secrets === "masked" ? nameMasks(text) : text, detail), detail.cut);
              }}
            >
              <span className="text-sm font-medium">{name}</span>
              <span className="block text-xs text-ink-2">{hint}</span>
            </button>
          ))}
          <p className={`px-2 pt-1 text-xs ${secrets === "shown" ? "text-danger" : "text-ink-2"}`}>{hints[secrets]}</p>
          {secrets === "masked" && (
            <Button
              size="small"
              tone="ghost"
              onClick={() => {
                close();
                onReveal();
              }}
            >
              Reveal them first…
            </Button>
          )}
        </div>
      )}
    </Popover>
  );
}
