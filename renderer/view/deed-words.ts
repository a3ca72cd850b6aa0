import { formatPlural } from "./format.ts";

/** What a kind of event did, as it stands behind "Taken back:". */
const words: Readonly<Record<string, string>> = {
  "alert.changed": "a decision about an alert",
  "approval.granted": "an approval",
  "approval.denied": "a refusal",
  "approval.requested": "a request for approval",
  "approval.withdrawn": "that a request for approval was withdrawn",
  "canary.moved": "a step of the canary",
  "case.saved": "a change of a case",
  "case.removed": "that a case was removed",
  "case_item.saved": "what was written into a case",
  "case_item.removed": "that something was taken out of a case",
  "dataset.imported": "an import of labelled payloads",
  "dataset.import_withdrawn": "that an import of labelled payloads was withdrawn",
  "dataset.version_made": "a dataset version",
  "dataset.version_removed": "that a dataset version was removed",
  "drift.acknowledged": "that drift was seen",
  "evidence.withdrawn": "that evidence was withdrawn",
  "evidence.restored": "that evidence was brought back",
  "false_positive.reported": "a report of a false positive",
  "false_positive.removed": "that a report of a false positive was removed",
  "federated_update.received": "an update from elsewhere",
  "federated_update.withdrawn": "that an update from elsewhere was withdrawn",
  "gatekeeper.saved": "a change of a gatekeeper",
  "gatekeeper.removed": "that a gatekeeper was removed",
  "handover.written": "a handover note",
  "handover.removed": "that a handover note was removed",
  "label.set": "a label",
  "label.removed": "that a label was removed",
  "labels.excluded": "that labels were taken out",
  "labels.included": "that labels were put back",
  "memory.stored": "what was remembered",
  "memory.taken_back": "that a memory was taken back",
  "memory_chunk.dropped": "that a passage was dropped from memory",
  "memory_source.revoked": "that a source was revoked",
  "model.fitted": "a fit of the behaviour model",
  "payload_champion.chosen": "the choice of the deciding model",
  "payload_model.registered": "a model that was registered",
  "payload_model.withdrawn": "that a model was withdrawn",
  "payload_model_alias.set": "a model's alias",
  "query.saved": "a saved query",
  "query.removed": "that a query was removed",
  "rule.saved": "a change of a rule",
  "rule.removed": "that a rule was removed",
  "rule_hit.judged": "a judgement of a rule's hit",
  "settings.changed": "a change of settings",
  "telemetry.override_set": "an override",
  "trust.raised": "a raise of the trust level",
};

/** What an event did, in words; a kind of a later version by its own. @param entities that it was done to */
export function describeDeed(kind: string, entities: number): string {
  if (kind === "alert.changed" && entities > 1) return `a decision about ${formatPlural(entities, "alert")}`;
  const one = (Object.hasOwn(words, kind) ? words[kind] : undefined) ?? `"${kind.replace(/[._]/g, " ")}"`;
  return entities > 1 ? `${one}, ${entities} times` : one;
}

/** What an analyst did last and cannot undo with a key, and what to do instead. */
export function describeInTheWay(kind: string): string {
  if (kind === "evidence.erased") return "The last thing that you did was to erase evidence, which cannot be undone.";
  return "The last thing that you did was to import evidence. A key does not undo that: withdraw it on the screen Evidence.";
}
