import { z } from "zod";
import { getAlert } from "../../../../shared/alert.ts";
import { Case, getCase } from "../../../../shared/case.ts";
import { SentinelError } from "../../../../shared/errors.ts";
import { generateRuleOffers } from "../../../../shared/rule-record.ts";
import { Shift } from "../../../../shared/shift.ts";
import { getVerdict } from "../../../../shared/verdict.ts";
import { defineTool, type Tool } from "../tools/tool-box.ts";
import { factsOfAlert, mailOfAlert, similarToAlert } from "./alert-facts.ts";
import { factsOfCase, mailOfCase, similarToCase } from "./case-facts.ts";
import { writeFacts } from "./facts.ts";
import { factsOfRules, factsOfSession, factsOfShift } from "./other-facts.ts";

/** SECURITY: what does not fit is told without a word of it. */
function take<S extends z.ZodType>(schema: S, given: unknown, what: string): z.output<S> {
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw new SentinelError("INPUT_INVALID", `This is not what ${what} gives.`);
  return parsed.data;
}

const Of = z.unknown().describe("The whole answer of the tool that reads it");
const Form = z.enum(["summary", "mail"]).default("summary");

/**
 * Texts written by rule from what other tools gave: short enough for a small model, and what stands where there is none. They know nothing
 * but their arguments, so that their label is the arguments'.
 */
export function factTools(): Tool[] {
  return [
    defineTool({
      name: "facts.alert",
      description: "What alerts.get gave, written by rule: a summary, or a mail to a customer.",
      input: z.strictObject({ of: Of, form: Form }),
      async call({ of, form }) {
        const alert = take(getAlert.output, of, "alerts.get");
        return { json: form === "mail" ? mailOfAlert(alert) : writeFacts(factsOfAlert(alert)) };
      },
    }),
    defineTool({
      name: "facts.case",
      description: "What cases.get gave, written by rule: a summary, or a mail to a customer.",
      input: z.strictObject({ of: Of, form: Form }),
      async call({ of, form }) {
        const one = take(getCase.output, of, "cases.get");
        return { json: form === "mail" ? mailOfCase(one) : writeFacts(factsOfCase(one)) };
      },
    }),
    defineTool({
      name: "facts.shift",
      description: "What shift.summary gave, written by rule.",
      input: z.strictObject({ of: Of }),
      call: async ({ of }) => ({ json: writeFacts(factsOfShift(take(Shift, of, "shift.summary"))) }),
    }),
    defineTool({
      name: "facts.session",
      description: "What verdicts.explain gave, written by rule: the payloads, and what speaks for the verdict.",
      input: z.strictObject({ of: Of }),
      call: async ({ of }) => ({ json: writeFacts(factsOfSession(take(getVerdict.output, of, "verdicts.explain"))) }),
    }),
    defineTool({
      name: "facts.rules",
      description: "What rules.propose gave, written by rule.",
      input: z.strictObject({ of: Of }),
      call: async ({ of }) => ({
        json: writeFacts(factsOfRules(take(generateRuleOffers.output, of, "rules.propose"))),
      }),
    }),
    defineTool({
      name: "facts.similar",
      description: "Past alerts like the one that alerts.get gave, or closed cases like the one that cases.get gave.",
      input: z.strictObject({
        of: Of,
        among: z.unknown().optional().describe("What cases.search gave; for a case alone"),
      }),
      async call({ of, among }) {
        if (among === undefined) return { json: writeFacts(similarToAlert(take(getAlert.output, of, "alerts.get"))) };
        const past = take(z.array(Case), among, "cases.search");
        return { json: writeFacts(similarToCase(take(getCase.output, of, "cases.get"), past)) };
      },
    }),
  ];
}
