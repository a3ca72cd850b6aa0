import { refusalInWords } from "../../queries/client.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";

/** Enter saves: the dialog stands inside the settings' form, which it would submit. */
export function saveOnEnter(save: () => void) {
  return (event: React.KeyboardEvent) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    save();
  };
}

interface EntryDialogProps {
  readonly title: string;
  readonly saveWords: string;
  readonly focus: React.RefObject<HTMLElement | null>;
  readonly isReady: boolean;
  /** It is no longer what the dialog was opened on. */
  readonly isMoved: boolean;
  readonly error: Error | null;
  readonly onSave: () => void;
  readonly onClose: () => void;
  readonly children: React.ReactNode;
}

/** A dialog over one entry of a list among the settings; it says why the entry cannot be saved. */
export function EntryDialog({
  title,
  saveWords,
  focus,
  isReady,
  isMoved,
  error,
  onSave,
  onClose,
  children,
}: EntryDialogProps) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      focus={focus}
      size="medium"
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" disabled={!isReady} onClick={onSave}>
            {saveWords}
          </Button>
        </>
      }
    >
      <div className="space-y-3">
        {children}
        {isMoved && (
          <p role="alert" className="text-xs text-warn">
            It was changed elsewhere meanwhile. Close this, and open it again as it is now.
          </p>
        )}
        {error !== null && (
          <p role="alert" className="text-xs break-words text-danger">
            Not saved: {refusalInWords(error)}
          </p>
        )}
      </div>
    </Dialog>
  );
}
