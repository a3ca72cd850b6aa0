import { type ApiClient, openClient } from "./client.ts";
import { type Command, exitCodes, type Surroundings } from "./command.ts";

/** What a subcommand is given. */
export interface Call {
  readonly client: ApiClient;
  readonly operands: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly around: Surroundings;
}

/** What a subcommand does, and how many operands it takes beside its name. */
export interface Action {
  readonly operands: readonly [fewest: number, most: number];
  /** @returns one of `exitCodes` */
  readonly run: (call: Call) => Promise<number>;
}

/** A command whose first operand names one of several, each of which speaks to an engine. */
export function commandOf(
  command: Omit<Command, "run" | "operands">,
  actions: Readonly<Record<string, Action>>,
): Command {
  return {
    ...command,
    operands: [1, 1001],
    async run({ operands: [name = "", ...operands], options, around }) {
      const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
      if (action === undefined || operands.length < action.operands[0] || operands.length > action.operands[1]) {
        if (action === undefined) around.tell(`${command.name} has no action "${name}".`);
        around.tell(`Usage: sentinel ${command.name} ${command.usage}`);
        return exitCodes.badUsage;
      }
      const client = await openClient(around);
      try {
        return await action.run({ client, operands, options, around });
      } finally {
        await client.close();
      }
    },
  };
}
