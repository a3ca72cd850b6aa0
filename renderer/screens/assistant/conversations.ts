import type { ListedTask } from "../../../shared/agent-task.ts";

/** The tasks of one conversation, as the list of tasks tells them. */
export interface Conversation {
  readonly id: string;
  /** What was asked first. */
  readonly first: ListedTask;
  readonly last: ListedTask;
  readonly tasks: number;
}

/** Conversations, that with the latest task first. @param tasks the last first */
export function toConversations(tasks: readonly ListedTask[]): Conversation[] {
  return [...Map.groupBy(tasks, ({ session_id }) => session_id)].map(([id, of]) => ({
    id,
    first: of.at(-1)!,
    last: of[0]!,
    tasks: of.length,
  }));
}
