import type { LiveMessage } from "../../shared/live.ts";
import { trustEntity } from "./agent/trust/trust-table.ts";
import { approvalEntity } from "./approve/approval-state.ts";
import { broughtAgain, EvidenceBroughtAgain } from "./evidence/arrivals.ts";
import { canaryEntity } from "./learn/canary/canary-state.ts";
import { driftEntity } from "./learn/drift/drift-tables.ts";
import { falsePositiveEntity } from "./learn/false-positive-state.ts";
import { budgetEntity, receivedEntity } from "./learn/federated/federated-tables.ts";
import { importEntity } from "./learn/import-state.ts";
import { exclusionEntity } from "./learn/label-exclusions.ts";
import { labelEntity } from "./learn/label-state.ts";
import { aliasEntity, modelEntity } from "./learn/registry/model-state.ts";
import { datasetEntity } from "./learn/version-state.ts";
import { responseEntity } from "./respond/policy/response-state.ts";
import { ruleEntity } from "./respond/rules/rule-state.ts";
import { bulkMembers } from "./store/bulk.ts";
import type { EventRow } from "./store/store.ts";
import { decisionRejected } from "./store/undo-chain.ts";
import { alertEntity } from "./triage/alert-state.ts";
import { caseEntity, caseItemEntity } from "./triage/case-state.ts";
import { handoverEntity } from "./triage/handover.ts";
import { namedQueryEntity } from "./triage/named-queries.ts";

const modelEntities: ReadonlySet<string> = new Set([
  modelEntity,
  aliasEntity,
  canaryEntity,
  receivedEntity,
  budgetEntity.entityType,
]);
const datasetEntities = new Set([labelEntity, exclusionEntity, falsePositiveEntity, importEntity, datasetEntity]);

const responseEntities = new Set([ruleEntity, approvalEntity, responseEntity]);

/** Alerts that a live message names; more are "many". */
const mostNamed = 100;

/** What open screens are told of events. */
export function toLive(events: readonly EventRow[]): LiveMessage[] {
  const messages: LiveMessage[] = [];
  const alerts = events
    .filter(({ entity_type }) => entity_type === alertEntity)
    .flatMap(({ entity_id, payload }) => bulkMembers(entity_id, payload)?.map(({ id }) => id) ?? [entity_id]);
  if (alerts.length > 0) messages.push({ type: "alerts", ids: alerts.length > mostNamed ? null : alerts });
  // Another suppression makes another queue.
  if (events.some(({ entity_type }) => entity_type === namedQueryEntity)) messages.push({ type: "alerts", ids: null });
  if (events.some(({ entity_type }) => entity_type === caseEntity || entity_type === caseItemEntity)) {
    messages.push({ type: "cases" });
  }
  if (events.some(({ entity_type }) => entity_type === handoverEntity)) messages.push({ type: "handover" });
  if (events.some(({ entity_type }) => entity_type === trustEntity)) messages.push({ type: "trust" });
  if (events.some(({ entity_type }) => datasetEntities.has(entity_type))) messages.push({ type: "datasets" });
  for (const event of events) {
    const { evidence_id } =
      event.kind === broughtAgain ? EvidenceBroughtAgain.parse(event.payload) : { evidence_id: null };
    if (evidence_id !== null) messages.push({ type: "evidence", evidence_id });
    if (event.entity_type === "evidence") messages.push({ type: "evidence", evidence_id: event.entity_id });
    if (event.kind === "evidence.withdrawn" || event.kind === "evidence.restored" || event.kind === "evidence.erased") {
      messages.push({ type: "verdicts", added: 0, evidence_id: event.entity_id });
    }
    if (event.entity_type === driftEntity) messages.push({ type: "drift" });
    if (event.entity_type === "settings") messages.push({ type: "settings" });
    if (modelEntities.has(event.entity_type)) messages.push({ type: "models" });
    if (responseEntities.has(event.entity_type) || event.kind === "panic.pulled") messages.push({ type: "rules" });
    if (event.entity_type === "model") messages.push({ type: "health" });
  }
  if (events.some(({ kind }) => kind === decisionRejected)) messages.push({ type: "lost" });
  const last = events.at(-1);
  if (last !== undefined) messages.push({ type: "log", seq: last.seq });
  return messages;
}
