import { stat } from "node:fs/promises";
import { SentinelError } from "../../shared/errors.ts";
import type { ModelMetadata } from "../../shared/model.ts";
import type { Principal } from "./base/principals.ts";
import type { Engine } from "./engine-interface.ts";
import { mostListed } from "./learn/registry/model-state.ts";
import type { Registry } from "./learn/registry/registry.ts";
import type { Models } from "./models.ts";
import type { Training } from "./training.ts";

/** Begins a choice of the setting `payload_model` that names a model of the registry. */
export const registeredPrefix = "model:";

/** Choices that name what ships with the product: they decide whatever happens. */
const shippedChoices: readonly string[] = ["built-in", "classic"];

export function isShippedChoice(choice: string): boolean {
  return shippedChoices.includes(choice);
}

/** The built-in model as the registry lists it: it may always decide. */
export async function describeShipped(
  models: Pick<Models, "classifier" | "payloadPath">,
  product: string,
): Promise<ModelMetadata> {
  return {
    id: models.classifier.hash,
    kind: "built-in",
    origin: "shipped",
    created_at: null,
    created_by: "Sentinel",
    node_id: "",
    product,
    parent: null,
    dataset_version: null,
    size_bytes: (await stat(models.payloadPath)).size,
    training: null,
  };
}

/** What hosts may do with payload models: train, judge, register, let decide, carry to another machine. */
export function createModelOperations(options: {
  readonly registry: Registry;
  readonly training: Training;
  readonly shippedId: string;
  /** Sets the setting `payload_model`, and waits until that model decides. @returns the event */
  readonly choose: (choice: string, by: Principal) => Promise<string>;
  readonly sharing: Pick<Engine["models"], "elsewhere" | "fetch">;
}): Engine["models"] {
  const { registry, training, shippedId } = options;
  return {
    ...options.sharing,
    list: ({ limit } = { limit: mostListed }) => registry.page(limit),
    card: async ({ id }) => ({ markdown: await registry.card(id) }),
    key: () => registry.key(),
    train: training.start,
    trainRows: training.startOnRows,
    curve: ({ id }) => ({ epochs: training.curve(id) }),
    doubts: ({ id }) => training.doubts(id),
    evaluate: ({ id, dataset_version }, by) => training.evaluate(id, dataset_version, by),
    async addFolder({ folder }, by) {
      const id = await registry.files.keepFolder(folder);
      const model = {
        id,
        kind: "onnx",
        origin: "folder",
        parent: null,
        dataset_version: null,
        training: null,
      } as const;
      return { id, event_id: await registry.register(model, by) };
    },
    override: async ({ id, reason, base_version }, by) => ({
      event_id: await registry.override(id, reason, base_version, by),
    }),
    async setAlias({ id, alias, on }, by) {
      if (alias === "challenger") return { event_id: await registry.setChallenger(on ? id : null, by) };
      if (!on) {
        throw new SentinelError("INPUT_INVALID", "Some model has to decide: make another one the champion instead.");
      }
      return { event_id: await options.choose(id === shippedId ? "built-in" : `${registeredPrefix}${id}`, by) };
    },
    withdraw: async ({ id, base_version }, by) => ({ event_id: await registry.withdraw(id, base_version, by) }),
    export: ({ id }, by) => registry.export(id, by),
    async import(source, by) {
      const { id, eventId } = await registry.import(source, by);
      return { id, event_id: eventId };
    },
  };
}
