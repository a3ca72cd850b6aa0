import { undo } from "../queries/audit.ts";
import { refusalInWords } from "../queries/client.ts";
import { notify } from "./toast.tsx";

interface UndoOffer {
  /** The event that did it. */
  readonly eventId: string;
  /** What is said once it is taken back; nothing where the screen shows it. */
  readonly undone?: string;
  /** Hears that taking it back was tried: what it changed has to be read again, also after a refusal. */
  readonly onTried: () => void;
}

/** Says what was done and offers to take it back; a refusal of that is told. */
export function offerUndo(done: string, { eventId, undone, onTried }: UndoOffer): void {
  notify(done, {
    undo: () => {
      undo(eventId)
        .then(() => (undone === undefined ? undefined : notify(undone)))
        .catch((error: Error) => notify(`Not undone: ${refusalInWords(error)}`, { tone: "danger" }))
        .finally(onTried);
    },
  });
}
