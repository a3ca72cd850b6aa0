import { Copy } from "lucide-react";
import type { GatekeeperOverview } from "../../../shared/gatekeeper.ts";
import { Button } from "../../ui/button.tsx";
import { copyText } from "../../ui/copy-text.ts";
import { notify } from "../../ui/toast.tsx";

/** What a new gatekeeper has to be given, and how it is started. */
export function EngineKey({ overview }: { overview: GatekeeperOverview }) {
  const { engine_key, engine_fingerprint } = overview;
  const command = `sentinel gatekeeper FOLDER --upstream http://127.0.0.1:8080 --engine ${engine_key}`;
  const copy = async () => {
    notify((await copyText(command)) ? "The command is copied." : "The command could not be copied: select it.");
  };
  return (
    <section aria-labelledby="engine-key" className="card space-y-2 p-4">
      <div className="flex items-center gap-3">
        <h2 id="engine-key" className="min-w-0 flex-1 text-sm font-semibold">
          Start a gatekeeper <span className="font-normal text-ink-3">on the machine of the application</span>
        </h2>
        <Button icon={Copy} size="small" onClick={() => void copy()}>
          Copy the command
        </Button>
      </div>
      <pre className="overflow-x-auto rounded-md bg-sunken px-3 py-2 font-mono text-xs whitespace-pre-wrap break-all">
        {command}
      </pre>
      <p className="max-w-[100ch] text-xs text-ink-2">
        It obeys this engine's key only (fingerprint <span className="font-mono">{engine_fingerprint}</span>). When it
        starts it prints its address and its own key: enter both with Add a gatekeeper. It goes on with the rules it has
        while this engine is away, and passes what it fails to check.
      </p>
    </section>
  );
}
