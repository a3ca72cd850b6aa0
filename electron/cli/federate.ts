import { openAsBlob } from "node:fs";
import { rename, unlink, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import { SentinelError } from "../../shared/errors.ts";
import {
  combineFederatedUpdates,
  type FederatedUpdate,
  getFederation,
  importFederatedUpdate,
  makeFederatedUpdate,
  takeFederatedUpdate,
} from "../../shared/federation.ts";
import { type ApiClient, resultOf, waitForJob } from "./client.ts";
import { type Command, exitCodes } from "./command.ts";
import { type Action, type Call, commandOf } from "./subcommands.ts";
import { whyUnreadable } from "./unreadable.ts";

const actions: Readonly<Record<string, Action>> = {
  status: { operands: [0, 0], run: tellStatus },
  export: { operands: [1, 1], run: exportUpdate },
  import: { operands: [1, 1000], run: importUpdates },
  combine: { operands: [0, 1000], run: combine },
};

export const federate: Command = commandOf(
  {
    name: "federate",
    summary: "Learn together with other engines: noised updates as signed files, no payload among them",
    usage: "status | export FILE --epsilon E [--dataset VERSION] [--update ID] | import FILE… | combine [UPDATE…]",
    details: `status      the privacy budget, and the updates that are here
export      makes an update of the labelled rows and writes it to FILE; spends E of the budget for good. With --update ID it writes
            one that was made before, which costs nothing
import      takes in updates of other engines, whose keys are among the trusted ones; exit code 3 if one is refused
combine     updates of at least three engines, by a robust mean, into a model: those named by the beginning of their ids, or the
            newest of each engine for the model that decides. It is a candidate like any other: its gates and the canary follow
--json      one JSON object instead of words`,
    options: {
      epsilon: { type: "string" },
      dataset: { type: "string" },
      update: { type: "string" },
      json: { type: "boolean" },
    },
  },
  actions,
);

async function tell({ options, around }: Call, result: object, words: string): Promise<number> {
  await around.write(options.json === true ? `${JSON.stringify(result)}\n` : `${words}\n`);
  return exitCodes.done;
}

async function tellStatus(call: Call): Promise<number> {
  const state = await call.client.call(getFederation, {});
  const { budget, base, key, updates } = state;
  const lines = [
    `Privacy budget: ε ${digits(budget.spent)} of ${digits(budget.epsilon)} spent at δ ${budget.delta}, by ${budget.updates} updates; one more may have ${digits(budget.left)}.`,
    base === null
      ? "The model that decides has no linear part to exchange."
      : base.is_of_own_rows
        ? "The model that decides was trained on this engine's own rows: no update is made of it."
        : `Next update: of model ${base.id.slice(0, 12)}, round ${base.round}.`,
    `This engine signs with ${key}`,
    ...updates.map(
      ({ id, is_own, fingerprint, base: of, round, epsilon, groups }) =>
        `${id.slice(0, 12)}  ${is_own ? "own" : fingerprint}  of ${of.slice(0, 12)}, round ${round}  ε ${digits(epsilon)}  about ${groups} groups`,
    ),
  ];
  return await tell(call, state, lines.join("\n"));
}

async function exportUpdate(call: Call): Promise<number> {
  const { client, operands, options } = call;
  const path = resolve(operands[0] ?? "");
  const id = typeof options.update === "string" ? await findOwn(client, options.update) : await makeUpdate(call);
  const bytes = await buffer(await client.download(takeFederatedUpdate, { id }));
  await writeWhole(path, bytes);
  const { budget } = await client.call(getFederation, {});
  const words = `Update ${id} in ${path}, ${bytes.length} bytes. Of the privacy budget ε ${digits(budget.spent)} of ${digits(budget.epsilon)} is spent.`;
  return await tell(call, { id, path, bytes: bytes.length, budget }, words);
}

async function makeUpdate({ client, options, around }: Call): Promise<string> {
  const epsilon = Number(options.epsilon);
  if (typeof options.epsilon !== "string" || !(epsilon >= 0.1 && epsilon <= 20)) {
    throw new SentinelError(
      "SETTING_INVALID",
      "Give --epsilon, from 0.1 to 20: what the update may tell of a group of rows.",
    );
  }
  const dataset_version = typeof options.dataset === "string" ? options.dataset : null;
  const { job_id } = await client.call(makeFederatedUpdate, { epsilon, dataset_version });
  return String(resultOf(await waitForJob(client, job_id, around.stop)).update_id);
}

async function importUpdates({ client, operands, options, around }: Call): Promise<number> {
  let code: number = exitCodes.done;
  for (const path of operands) {
    try {
      const { id } = await client.call(importFederatedUpdate, {}, await openFile(path));
      await around.write(
        options.json === true ? `${JSON.stringify({ file: path, id })}\n` : `${path}: update ${id}.\n`,
      );
    } catch (error) {
      if (!(error instanceof SentinelError)) throw error;
      around.tell(`${path}: ${error.toJSON().message}`);
      code = exitCodes.refused;
    }
  }
  return code;
}

async function combine(call: Call): Promise<number> {
  const { client, operands, around } = call;
  const { updates: known, base } = await client.call(getFederation, {});
  const updates =
    operands.length > 0 ? operands.map((start) => findUpdate(known, start).id) : newestOfEach(known, base?.id);
  if (updates.length === 0) throw new SentinelError("NOT_FOUND", "There is no update of the model that decides.");
  const { job_id } = await client.call(combineFederatedUpdates, { updates });
  const result = resultOf(await waitForJob(client, job_id, around.stop));
  if (typeof result.judged_by === "string") await waitForJob(client, result.judged_by, around.stop);
  const words = `Model ${result.model_id}, of ${updates.length} updates. It decides nothing before it passed its gates: see the models.`;
  return await tell(call, { model_id: result.model_id, updates }, words);
}

/** One update of each engine: two of one are never combined. */
function newestOfEach(known: readonly FederatedUpdate[], base: string | undefined): string[] {
  const newest = new Map<string, string>();
  for (const { key, id, base: of } of known) if (of === base && !newest.has(key)) newest.set(key, id);
  return [...newest.values()];
}

async function findOwn(client: ApiClient, start: string): Promise<string> {
  const { updates } = await client.call(getFederation, {});
  const own = updates.filter(({ is_own }) => is_own);
  return findUpdate(own, start).id;
}

/** As with git, the beginning of an id is enough where it fits one only. */
function findUpdate(known: readonly FederatedUpdate[], start: string): FederatedUpdate {
  const fitting = known.filter(({ id }) => id.startsWith(start));
  const [found] = fitting;
  if (found === undefined)
    throw new SentinelError("NOT_FOUND", `There is no update ${start}; see sentinel federate status.`);
  if (fitting.length > 1) throw new SentinelError("INPUT_INVALID", `${start} begins ${fitting.length} updates.`);
  return found;
}

async function openFile(path: string): Promise<Blob> {
  const reason = await whyUnreadable(path);
  if (reason !== null) throw new SentinelError("INPUT_INVALID", reason);
  return await openAsBlob(path);
}

/** Writes beside the place first, so that a broken-off file does not pass for a whole one. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const partial = `${path}.partial`;
  try {
    await writeFile(partial, bytes, { mode: 0o600 });
    await rename(partial, path);
  } catch (error) {
    await unlink(partial).catch(() => {});
    throw new SentinelError("UNAVAILABLE", `${path} could not be written.`, undefined, error);
  }
}

function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
