import { useId, useState } from "react";
import { longestMemory } from "../../../shared/memory.ts";
import { sendMemory } from "../../queries/memory.ts";
import { Button } from "../../ui/button.tsx";
import { Segments } from "../../ui/segments.tsx";
import { useMemoryDeed } from "./use-memory-deed.ts";

const origins = [
  { value: "own", label: "My own words" },
  { value: "copied", label: "Copied from elsewhere" },
] as const;

/** Something to remember, and whether it is somebody's own words: else it is never trusted. */
export function StoreNote() {
  const [text, setText] = useState("");
  const [title, setTitle] = useState("");
  const [origin, setOrigin] = useState<(typeof origins)[number]["value"]>("own");
  const deed = useMemoryDeed();
  const id = useId();
  const isEmpty = text.trim() === "";
  const store = () => {
    if (isEmpty || deed.isPending) return;
    deed.mutate(
      { words: "The note is remembered.", send: () => sendMemory(text, title.trim(), origin === "own") },
      {
        onSuccess: () => {
          setText("");
          setTitle("");
        },
      },
    );
  };
  return (
    <form
      aria-labelledby={`${id}-heading`}
      className="card space-y-2 p-4"
      onSubmit={(event) => {
        event.preventDefault();
        store();
      }}
    >
      <h2 id={`${id}-heading`} className="text-sm font-semibold">
        Remember something
      </h2>
      <label htmlFor={`${id}-text`} className="sr-only">
        What to remember
      </label>
      <textarea
        id={`${id}-text`}
        className="input h-24 w-full resize-y py-1.5"
        maxLength={longestMemory}
        placeholder="The supplier's monitoring looks like a scan: leave it."
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) store();
        }}
      />
      <label htmlFor={`${id}-title`} className="sr-only">
        Title (optional)
      </label>
      <input
        id={`${id}-title`}
        className="input w-full"
        maxLength={200}
        placeholder="Title (optional)"
        value={title}
        onChange={(event) => setTitle(event.target.value)}
      />
      <div className="flex flex-wrap items-center justify-between gap-2">
        <Segments legend="Whose words these are" options={origins} value={origin} onChange={setOrigin} />
        <Button type="submit" tone="primary" disabled={isEmpty || deed.isPending}>
          Remember
        </Button>
      </div>
      <p className="text-xs text-ink-2">
        {origin === "own"
          ? "Trusted: what you write yourself may steer what the assistant does."
          : "Untrusted: it is found and shown, and never steers anything."}
      </p>
    </form>
  );
}
