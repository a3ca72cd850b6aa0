import { formatPlural } from "./format.ts";

/** What each kind of event of the log did, as it stands behind "Taken back:"; of some nothing can be taken back. */
const words: Readonly<Record<string, string>> = {
  "alert.changed": "a decision about an alert",
  "alerts.exported": "that alerts were exported",
  "approval.denied": "a refusal",
  "approval.granted": "an approval",
  "approval.reopened": "that an approval was asked for again",
  "approval.requested": "a request for approval",
  "approval.superseded": "that another request took the place of one for approval",
  "approval.used": "that an approval was used",
  "approval.withdrawn": "that a request for approval was withdrawn",
  "backup.made": "that a backup was made",
  "backup.restored": "that a backup was restored",
  "canary.moved": "a step of the canary",
  "case.exported": "that a case was exported",
  "case.removed": "that a case was removed",
  "case.saved": "a change of a case",
  "case_item.removed": "that something was taken out of a case",
  "case_item.saved": "what was written into a case",
  "dataset.exported": "that a dataset was exported",
  "dataset.import_withdrawn": "that an import of labelled payloads was withdrawn",
  "dataset.imported": "an import of labelled payloads",
  "dataset.version_made": "a dataset version",
  "dataset.version_removed": "that a dataset version was removed",
  "decision.rejected": "that a decision was taken back, since another engine was first",
  "drift.acknowledged": "that drift was seen",
  "egress.ended": "that a sending from this machine ended",
  "egress.sent": "that something was sent from this machine",
  "evidence.added": "that evidence was imported",
  "evidence.analysed": "that evidence was analysed",
  "evidence.brought_again": "that evidence was brought again",
  "evidence.erased": "that evidence was erased",
  "evidence.failed": "that evidence could not be analysed",
  "evidence.followed": "that evidence of another engine was noted",
  "evidence.pinned": "that evidence was pinned",
  "evidence.received": "that evidence came from another engine",
  "evidence.restored": "that evidence was brought back",
  "evidence.unpinned": "that evidence is no longer pinned",
  "evidence.withdrawn": "that evidence was withdrawn",
  "false_positive.removed": "that a report of a false positive was removed",
  "false_positive.reported": "a report of a false positive",
  "federated_update.exported": "that an update was exported",
  "federated_update.received": "an update from elsewhere",
  "federated_update.withdrawn": "that an update from elsewhere was withdrawn",
  "gatekeeper.differed": "that a gatekeeper enforced something else",
  "gatekeeper.lied": "that a gatekeeper told what was not so",
  "gatekeeper.removed": "that a gatekeeper was removed",
  "gatekeeper.saved": "a change of a gatekeeper",
  "handover.removed": "that a handover note was removed",
  "handover.written": "a handover note",
  "label.removed": "that a label was removed",
  "label.set": "a label",
  "labels.excluded": "that labels were taken out",
  "labels.included": "that labels were put back",
  "memory.brought_back": "that a memory was brought back",
  "memory.stored": "what was remembered",
  "memory.taken_back": "that a memory was taken back",
  "memory_chunk.dropped": "that a passage was dropped from memory",
  "memory_chunk.kept": "that a passage was kept in memory",
  "memory_source.restored": "that a source was trusted again",
  "memory_source.revoked": "that a source was revoked",
  "model.fitted": "a fit of the behaviour model",
  "model.restored": "that the behaviour model before was put back",
  "network.revoked": "that an account of the network was revoked",
  "panic.ended": "that everything that acts was ended by panic",
  "panic.pulled": "that panic was pulled",
  "payload_champion.chosen": "the choice of the deciding model",
  "payload_model.evaluated": "that a model was judged by the gates",
  "payload_model.exported": "that a model was exported",
  "payload_model.gates_overridden": "that a model was let through its gates",
  "payload_model.override_removed": "that a model was no longer let through its gates",
  "payload_model.registered": "a model that was registered",
  "payload_model.shelved": "that a model was put on the fleet's shelf",
  "payload_model.withdrawn": "that a model was withdrawn",
  "payload_model_alias.set": "a model's alias",
  "privacy_budget.spent": "that privacy budget was spent",
  "query.removed": "that a query was removed",
  "query.saved": "a saved query",
  "report.fetched": "that a report was fetched",
  "report.kept": "that a report was kept",
  "report.made": "that a report was made",
  "report.removed": "that a kept report was removed",
  "report.shelved": "that a report was put on the shelf",
  "release.fetched": "that a newer version was downloaded",
  "response.held": "that the response was held",
  "response.rearmed": "that the response was re-armed",
  "rule.removed": "that a rule was removed",
  "rule.rollback_evidenced": "that a rule was judged to do harm",
  "rule.saved": "a change of a rule",
  "rule_hit.judged": "a judgement of a rule's hit",
  "rule_hit.unjudged": "that a judgement of a rule's hit was removed",
  "sandbox.drilled": "that panic was rehearsed",
  "secret.revealed": "that secrets of a request were shown to somebody",
  "settings.changed": "a change of settings",
  "simulation.ended": "that a simulation ended",
  "simulation.started": "that a simulation began",
  "task.moved": "that a task of the agent went on",
  "task.started": "that a task of the agent began",
  "telemetry.drift_ended": "that the drift of telemetry ended",
  "telemetry.drift_noticed": "that telemetry was seen to drift",
  "telemetry.override_cleared": "that an override was removed",
  "telemetry.override_set": "an override",
  "telemetry.rebased": "that telemetry learned anew what is ordinary",
  "trust.configured": "that the trust level was configured",
  "trust.incident": "that an incident lowered the agent's trust",
  "trust.raised": "a raise of the trust level",
  "trust.red_team": "that the agent was tried by attacks",
  "trust.task": "that a task counted for the agent's trust",
  "trust.unraised": "that a raise of the trust level was taken back",
};

/** What an event did, in words; a kind of a later version by its own. @param entities that it was done to */
export function describeDeed(kind: string, entities: number): string {
  if (kind === "alert.changed" && entities > 1) return `a decision about ${formatPlural(entities, "alert")}`;
  const one = (Object.hasOwn(words, kind) ? words[kind] : undefined) ?? `"${kind.replace(/[._]/g, " ")}"`;
  return entities > 1 ? `${one}, ${entities} times` : one;
}

/** What an entry of the log says happened, as a heading; null for a kind of a later version. */
export function nameEvent(kind: string): string | null {
  const phrase = Object.hasOwn(words, kind) ? words[kind] : undefined;
  if (phrase === undefined) return null;
  const bare = phrase.replace(/^that /, "");
  return bare.charAt(0).toUpperCase() + bare.slice(1);
}

/** What an analyst did last and cannot undo with a key, and what to do instead. */
export function describeInTheWay(kind: string): string {
  if (kind === "evidence.erased") return "The last thing that you did was to erase evidence, which cannot be undone.";
  return "The last thing that you did was to import evidence. A key does not undo that: withdraw it on the screen Evidence.";
}
