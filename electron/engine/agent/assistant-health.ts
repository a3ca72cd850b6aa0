import type { ComponentHealth } from "../../../shared/health.ts";
import type { AssistantPorts } from "./assistant-ports.ts";

/** How long what the local model's server said stands, milliseconds. */
const freshMs = 30_000;
/** How long it is waited for, milliseconds. */
const answerMs = 3_000;

/** What the agent has, for the health page. It never waits: the local model is looked at in the background. */
export function createAssistantHealth(
  { planner, lookAtWorker, servers }: AssistantPorts,
  problems: () => readonly { readonly file: string }[],
): () => Record<string, ComponentHealth> {
  let seen: ComponentHealth = { status: "off", detail: "Not looked at yet." };
  let lookedAt = Number.NEGATIVE_INFINITY;
  const look = () => {
    if (lookAtWorker === null || performance.now() - lookedAt < freshMs) return;
    lookedAt = performance.now();
    void lookAtWorker(AbortSignal.timeout(answerMs)).then((now) => {
      seen = now;
    });
  };
  look();
  return () => {
    look();
    const down = servers?.status().filter(({ status }) => status === "down") ?? [];
    const unread = problems();
    return {
      planner:
        planner === null
          ? { status: "off", detail: "No API key is set: plans come from ready tasks or by hand." }
          : { status: "healthy" },
      worker: lookAtWorker === null ? { status: "off", detail: "Ollama is switched off." } : seen,
      ...(servers === null
        ? {}
        : {
            mcp:
              down.length === 0
                ? { status: "healthy" as const, detail: `${servers.names().length} servers` }
                : { status: "degraded" as const, detail: `Down: ${down.map(({ name }) => name).join(", ")}` },
          }),
      ...(unread.length === 0
        ? {}
        : {
            policies: {
              status: "degraded" as const,
              detail: `Cannot be read, and what they name is denied: ${unread.map(({ file }) => file).join(", ")}`,
            },
          }),
    };
  };
}
