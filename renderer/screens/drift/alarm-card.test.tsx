import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import type { Canary } from "../../../shared/canary.ts";
import type { Drift, DriftReason } from "../../../shared/drift.ts";
import { canaryQuery } from "../../queries/canary.ts";
import { AlarmCard } from "./alarm-card.tsx";

const at = "2026-03-01T08:00:00.000Z";

function pageOf(kind: DriftReason["kind"], canary: Partial<Canary>): string {
  const reasons = [{ kind, name: "x", label: "X", size: 0.4, since: at, unseen: null }];
  const drift = { alarm: { state: "raised", reasons, acknowledged: null, version: 1 }, items: [] } as unknown as Drift;
  const client = new QueryClient();
  client.setQueryData(canaryQuery().queryKey, { model_id: null, champion: "a".repeat(64), ...canary } as Canary);
  return renderToStaticMarkup(
    <QueryClientProvider client={client}>
      <AlarmCard drift={drift} deeds={{ acknowledge: () => {}, refit: () => {} }} />
    </QueryClientProvider>,
  );
}

test.each<{ why: string; kind: DriftReason["kind"]; canary: Partial<Canary>; is: boolean }>([
  { why: "what the model says drifted", kind: "payload_score", canary: { can_go_back: true }, is: true },
  { why: "it is too sure", kind: "calibration", canary: { can_go_back: true }, is: true },
  { why: "its sets hold too little", kind: "coverage", canary: { can_go_back: true }, is: true },
  { why: "clients behave otherwise", kind: "feature", canary: { can_go_back: true }, is: false },
  { why: "no trial let it decide", kind: "calibration", canary: { can_go_back: false }, is: false },
  {
    why: "another model is on trial",
    kind: "calibration",
    canary: { can_go_back: true, model_id: "b".repeat(64) },
    is: false,
  },
])("an alarm offers the way back to the model before: $is where $why", ({ kind, canary, is }) => {
  expect(pageOf(kind, canary).includes("Back to the model before")).toBe(is);
});
