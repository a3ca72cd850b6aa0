import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { FolderInput, Upload } from "lucide-react";
import { useId, useRef, useState } from "react";
import { shortId } from "../../learn/estimate.ts";
import { refusalInWords } from "../../queries/client.ts";
import { modelKeyQuery, sendModelFile, sendModelFolder } from "../../queries/models.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { offerUndo } from "../../ui/offer-undo.ts";
import { notify } from "../../ui/toast.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { goTo } from "../../view/place.ts";

/** Takes in a model: the file of another engine, or a folder with a transformer. */
export function BringModel({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const folderId = useId();
  const file = useRef<HTMLInputElement>(null);
  const [folder, setFolder] = useState("");
  const key = useQuery(modelKeyQuery());
  const refresh = () => void client.invalidateQueries({ queryKey: ["models"] });
  const bringing = useMutation({
    mutationFn: (source: File | string) =>
      typeof source === "string" ? sendModelFolder(source) : sendModelFile(source),
    networkMode: "always",
    onSuccess({ id, event_id }) {
      if (event_id === null) notify(`${shortId(id)} is in the registry already.`);
      else
        offerUndo(`${shortId(id)} is registered. It has to pass the gates here.`, {
          eventId: event_id,
          onTried: refresh,
        });
      goTo({ screen: "models", item: id });
      onClose();
    },
    onSettled: refresh,
  });
  return (
    <Dialog title="Bring a model" size="medium" onClose={onClose} actions={<Button onClick={onClose}>Close</Button>}>
      <div className="space-y-4">
        <div>
          <h3 className="text-sm font-semibold">From another Sentinel</h3>
          <p className="mt-0.5 mb-2 text-xs text-ink-2">
            A file that its models screen exported. It is refused if one bit of it changed, or if its key is not among
            the trusted model keys of the settings.
          </p>
          <Button icon={Upload} disabled={bringing.isPending} onClick={() => file.current?.click()}>
            Choose a model file…
          </Button>
          <input
            ref={file}
            type="file"
            hidden
            aria-label="Model file"
            onChange={(event) => {
              const [chosen] = event.target.files ?? [];
              event.target.value = "";
              if (chosen !== undefined) bringing.mutate(chosen);
            }}
          />
        </div>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (folder.trim() !== "") bringing.mutate(folder.trim());
          }}
        >
          <h3 className="text-sm font-semibold">An ONNX transformer</h3>
          <label htmlFor={folderId} className="mt-0.5 mb-2 block text-xs text-ink-2">
            Folder on this machine with model.onnx, tokenizer.json and config.json; its files are copied
          </label>
          <div className="flex gap-2">
            <input
              id={folderId}
              className="input min-w-0 flex-1 font-mono !text-xs"
              spellCheck={false}
              value={folder}
              onChange={(event) => setFolder(event.target.value)}
            />
            <Button type="submit" icon={FolderInput} disabled={folder.trim() === "" || bringing.isPending}>
              Register
            </Button>
          </div>
        </form>
        {key.data !== undefined && (
          <p className="text-xs text-ink-2">
            This engine signs with <code className="font-mono break-all select-all">{key.data.key}</code>, fingerprint{" "}
            <code className="font-mono">{key.data.fingerprint}</code>.
          </p>
        )}
        {bringing.error !== null && (
          <p role="alert" className="text-xs break-words text-danger [&_.untrusted]:font-sans">
            Not taken in: <UntrustedText text={refusalInWords(bringing.error)} />
          </p>
        )}
      </div>
    </Dialog>
  );
}
