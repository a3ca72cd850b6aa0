import { z } from "zod";
import { AuditEntry } from "../../shared/audit.ts";
import { EvidencePackage } from "../../shared/evidence.ts";
import { EvidenceCreated, EvidenceReady, RuleGenerated, SentinelVerdict, SimResult } from "../../shared/fleet.ts";
import { ModelEntry } from "../../shared/model.ts";
import { RuleFile } from "../../shared/rule-file.ts";
import { FeatureValue, Verdict } from "../../shared/verdict.ts";
import { PolicyFile } from "../engine/agent/policy/tool-policy.ts";

const published = {
  "evidence-package": { title: "Evidence package", schema: EvidencePackage, io: "input" },
  "feature-vector": { title: "Feature vector of a session", schema: z.array(FeatureValue), io: "output" },
  verdict: { title: "Verdict of one session", schema: Verdict, io: "output" },
  "model-metadata": { title: "Payload model of the registry", schema: ModelEntry, io: "output" },
  "waf-rule": { title: "Rule of a web application firewall", schema: RuleFile, io: "output" },
  "agent-policy": { title: "Policies of the agent's tools", schema: PolicyFile, io: "input" },
  "message-evidence-created": { title: "Message events.evidence_created", schema: EvidenceCreated, io: "input" },
  "message-evidence-ready": { title: "Message events.evidence_ready", schema: EvidenceReady, io: "input" },
  "message-sentinel-verdict": { title: "Message events.sentinel_verdict", schema: SentinelVerdict, io: "input" },
  "message-sim-result": { title: "Message events.sim_result", schema: SimResult, io: "input" },
  "message-rule-generated": { title: "Message events.rule_generated", schema: RuleGenerated, io: "input" },
  "audit-entry": { title: "Entry of the event log", schema: AuditEntry, io: "output" },
} as const;

/** JSON Schemas (2020-12) that other programs may validate with, as file contents by file name. */
export function publishedSchemas(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(published).map(([name, { title, schema, io }]) => {
      const { $schema, ...body } = z.toJSONSchema(schema, {
        io,
        unrepresentable: "any",
        // Messages get new fields within a version; who checks them by an older schema must not refuse them.
        override: ({ jsonSchema }) => {
          if (name.startsWith("message-") && jsonSchema.additionalProperties === false)
            delete jsonSchema.additionalProperties;
        },
      });
      return [`${name}.json`, `${JSON.stringify({ $schema, title, ...body }, null, 2)}\n`];
    }),
  );
}
