import { useQuery } from "@tanstack/react-query";
import { BackToModel } from "../../learn/back-to-model.tsx";
import { modelServerQuery } from "../../queries/health.ts";
import { Fact, Facts } from "../../ui/facts.tsx";
import { PanelStatus } from "../../ui/panel-status.tsx";
import { describeModelServer } from "../../view/model-server.ts";

/** How the payload model is served: who answers, cache, circuit breaker, latency. */
export function ModelServerPanel() {
  const query = useQuery(modelServerQuery());
  const { data } = query;
  return (
    <section aria-label="Payload model" className="card">
      <div className="flex items-center justify-between border-b border-line px-4 py-2">
        <h2 className="text-sm font-semibold">Payload model</h2>
        {data !== undefined && (
          <span className={`text-xs font-medium ${data.status === "healthy" ? "text-good" : "text-warn"}`}>
            {data.status === "healthy" ? "Healthy" : "Degraded"}
          </span>
        )}
      </div>
      {data === undefined ? (
        <PanelStatus query={query} what="how the payload model is served" />
      ) : (
        <div className="space-y-2 px-4 py-3">
          {data.model.problem !== null && (
            <p role="status" className="text-xs font-medium break-words text-warn">
              The chosen model cannot be used, the built-in one decides. {data.model.problem}
            </p>
          )}
          {data.model.passed_over !== null && (
            <p role="status" className="text-xs break-words text-muted">
              What is quicker could not be used. {data.model.passed_over}
            </p>
          )}
          <Facts>
            {describeModelServer(data).map(([name, words]) => (
              <Fact key={name} name={name}>
                {words}
              </Fact>
            ))}
          </Facts>
          {data.status !== "healthy" && <BackToModel />}
        </div>
      )}
    </section>
  );
}
