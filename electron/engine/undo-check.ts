import { z } from "zod";
import { type Principal, requireRole } from "./base/principals.ts";
import { registeredPrefix } from "./model-operations.ts";
import type { EventRow } from "./store/store.ts";

const Settings = z.object({ changes: z.record(z.string(), z.unknown()) });
const Trial = z.object({ to: z.object({ challenger: z.string() }).nullable() });

/**
 * Whether somebody may take an event back: what its inverse does is asked for as if they did it themselves.
 * SECURITY: else undo would be a way past roles and gates: taking back the removal of an override is an override.
 *
 * @param requireDeciding throws for a model whose gates do not let it decide
 * @throws SentinelError FORBIDDEN, GATES_FAILED, NOT_FOUND
 */
export function createUndoCheck(requireDeciding: (model: string) => Promise<unknown>) {
  return async ({ inverse }: Pick<EventRow, "inverse">, by: Principal): Promise<void> => {
    switch (inverse?.kind) {
      case "payload_model.gates_overridden":
      case "payload_model.evaluated":
        return requireRole(by, "admin");
      case "settings.changed": {
        const { changes } = Settings.parse(inverse.payload);
        if ("trusted_model_keys" in changes) requireRole(by, "admin");
        if (!("payload_model" in changes)) return;
        requireRole(by, "approver");
        const choice = String(changes.payload_model ?? "");
        if (choice.startsWith(registeredPrefix)) await requireDeciding(choice.slice(registeredPrefix.length));
        return;
      }
      case "canary.moved": {
        const { to } = Trial.parse(inverse.payload);
        if (to === null) return;
        requireRole(by, "approver");
        await requireDeciding(to.challenger);
      }
    }
  };
}
