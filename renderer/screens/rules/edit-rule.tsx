import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Pencil } from "lucide-react";
import { useId, useState } from "react";
import { RuleDefinition, type RuleMatch, ruleActions } from "../../../shared/rule.ts";
import type { Rule } from "../../../shared/rule-record.ts";
import { refusalInWords } from "../../queries/client.ts";
import { sendRuleEdit, sendRuleRemoval } from "../../queries/rules.ts";
import { matchText, matchWords } from "../../respond/rule-words.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { offerUndo } from "../../ui/offer-undo.ts";
import { goTo } from "../../view/place.ts";

function toMatch(kind: RuleMatch["kind"], text: string): unknown {
  if (kind === "string") return { kind, text };
  if (kind === "regex") return { kind, pattern: text };
  return { kind, tokens: text.split(/\s+/).filter((token) => token !== "") };
}

function EditDialog({ rule, onClose }: { rule: Rule; onClose: () => void }) {
  const client = useQueryClient();
  const id = useId();
  const { definition } = rule;
  const { kind } = definition.match;
  const [name, setName] = useState(rule.name);
  const [text, setText] = useState(matchText(definition.match));
  const [path, setPath] = useState(definition.scope.path ?? "");
  const [parameter, setParameter] = useState(definition.scope.parameter ?? "");
  const [action, setAction] = useState(definition.action);
  const given = RuleDefinition.safeParse({
    ...definition,
    match: toMatch(kind, text),
    scope: { ...definition.scope, path: path === "" ? null : path, parameter: parameter === "" ? null : parameter },
    action,
  });
  const refresh = () => void client.invalidateQueries({ queryKey: ["rules"] });
  const saving = useMutation({
    mutationFn: (wanted: RuleDefinition) =>
      sendRuleEdit({ id: rule.id, base_version: rule.version, name: name.trim(), definition: wanted }),
    networkMode: "always",
    onSuccess({ event_id }) {
      offerUndo(`Rule ${rule.number} is changed.`, { eventId: event_id, onTried: refresh });
      onClose();
    },
    onSettled: refresh,
  });
  const removing = useMutation({
    mutationFn: () => sendRuleRemoval({ id: rule.id, base_version: rule.version }),
    networkMode: "always",
    onSuccess({ event_id }) {
      offerUndo(`Rule ${rule.number} is removed.`, { eventId: event_id, onTried: refresh });
      onClose();
      goTo({ screen: "rules" }, { replace: true });
    },
    onSettled: refresh,
  });
  const error = saving.error ?? removing.error;
  const field = "mb-1 block text-xs font-medium text-ink-2";
  return (
    <Dialog
      title={`Edit rule ${rule.number}`}
      size="medium"
      onClose={onClose}
      actions={
        <>
          <Button tone="ghost" className="mr-auto" disabled={removing.isPending} onClick={() => removing.mutate()}>
            Remove the rule
          </Button>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            tone="primary"
            disabled={!given.success || name.trim() === "" || saving.isPending}
            onClick={() => given.success && saving.mutate(given.data)}
          >
            Save
          </Button>
        </>
      }
    >
      <div className="space-y-3">
        <div>
          <label htmlFor={`${id}-name`} className={field}>
            Name
          </label>
          <input
            id={`${id}-name`}
            className="input w-full"
            maxLength={120}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </div>
        <div>
          <label htmlFor={`${id}-match`} className={field}>
            {matchWords[kind]}
            {kind === "fingerprint" && ": words and signs, with a blank between"}
            {kind === "regex" && ": RE2, matched in linear time"}
          </label>
          <textarea
            id={`${id}-match`}
            rows={3}
            className="input !h-auto w-full py-1.5 font-mono text-xs"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </div>
        <div className="grid grid-cols-2 gap-3">
          <div>
            <label htmlFor={`${id}-path`} className={field}>
              Path (empty: any)
            </label>
            <input
              id={`${id}-path`}
              className="input w-full font-mono text-xs"
              value={path}
              onChange={(event) => setPath(event.target.value)}
            />
          </div>
          <div>
            <label htmlFor={`${id}-parameter`} className={field}>
              Parameter (empty: any)
            </label>
            <input
              id={`${id}-parameter`}
              className="input w-full font-mono text-xs"
              value={parameter}
              onChange={(event) => setParameter(event.target.value)}
            />
          </div>
          <div>
            <label htmlFor={`${id}-action`} className={field}>
              Action
            </label>
            <select
              id={`${id}-action`}
              className="input w-full"
              value={action}
              onChange={(event) => setAction(RuleDefinition.shape.action.parse(event.target.value))}
            >
              {ruleActions.map((one) => (
                <option key={one} value={one}>
                  {one}
                </option>
              ))}
            </select>
          </div>
        </div>
        <p className="text-xs text-ink-2">
          Another definition goes back to the stage “Proposed” and is tried anew; what was asked for is void. It must
          match all of its samples and no ordinary value. When it ends is changed beside: it stays at its stage then.
        </p>
        {error !== null && (
          <p role="alert" className="text-xs text-danger">
            Not done: {refusalInWords(error)}
          </p>
        )}
      </div>
    </Dialog>
  );
}

/** The way to change a rule. */
export function EditRule({ rule }: { rule: Rule }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button size="small" icon={Pencil} onClick={() => setIsOpen(true)}>
        Edit…
      </Button>
      {isOpen && <EditDialog rule={rule} onClose={() => setIsOpen(false)} />}
    </>
  );
}
