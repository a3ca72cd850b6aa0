import { visibleWords } from "../../../shared/visible-text.ts";
import { placeHash } from "../../view/place.ts";

/** Whom a sandbox may reach: nobody, or what an admin listed for the operator's own application. */
export function EgressPanel({ egress }: { egress: readonly string[] }) {
  return (
    <section aria-labelledby="sandbox-egress" className="card">
      <div className="flex items-center justify-between border-b border-line px-4 py-2">
        <h2 id="sandbox-egress" className="text-sm font-semibold">
          Ways out
        </h2>
        <a className="text-xs text-accent hover:underline" href={placeHash({ screen: "settings" })}>
          Settings
        </a>
      </div>
      {egress.length === 0 ? (
        <p className="px-4 py-3 text-sm text-ink-2">None: a sandbox reaches its own loopback and nothing else.</p>
      ) : (
        <div className="space-y-2 px-4 py-3 text-sm">
          <p className="text-warn">
            Your own application may reach these servers through a proxy that records every call. Payloads that break
            into it may, too. The shadow shop reaches nobody.
          </p>
          <ul aria-label="Servers that may be reached" className="flex flex-wrap gap-2 font-mono text-xs">
            {egress.map((target) => (
              <li key={target} className="rounded-md bg-sunken px-2 py-1 break-all">
                {visibleWords(target)}
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}
