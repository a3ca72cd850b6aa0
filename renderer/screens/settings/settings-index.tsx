import { useEffect, useRef, useState } from "react";
import { KeyCaps } from "../../ui/key-cap.tsx";
import { formatPlural } from "../../view/format.ts";
import { useKeyOf } from "../../view/keys-in-force.ts";
import { useKeys } from "../../view/use-keys.ts";
import type { ShownSection } from "./sections.ts";

interface SettingsIndexProps {
  readonly sections: readonly ShownSection[];
  readonly typed: string;
  readonly onType: (typed: string) => void;
  /** What scrolls. */
  readonly page: React.RefObject<HTMLElement | null>;
}

export const sectionId = (id: string) => `settings-${id}`;

/** The section that is at the top of what is in sight. */
function useCurrent(sections: readonly ShownSection[], page: React.RefObject<HTMLElement | null>): string | undefined {
  const [current, setCurrent] = useState<string>();
  useEffect(() => {
    const element = page.current;
    if (element === null) return;
    const look = () => {
      const top = element.getBoundingClientRect().top;
      const isAtEnd = element.scrollTop > 0 && element.scrollTop + element.clientHeight >= element.scrollHeight - 1;
      const begun = sections.filter(
        ({ id }) => (document.getElementById(sectionId(id))?.getBoundingClientRect().top ?? Infinity) <= top + 40,
      );
      setCurrent((isAtEnd ? sections : begun).at(-1)?.id ?? sections[0]?.id);
    };
    look();
    element.addEventListener("scroll", look, { passive: true });
    return () => element.removeEventListener("scroll", look);
  }, [sections, page]);
  return current;
}

/** Finds a setting by typing, and leads to the sections. */
export function SettingsIndex({ sections, typed, onType, page }: SettingsIndexProps) {
  const field = useRef<HTMLInputElement>(null);
  const filterKey = useKeyOf("filter");
  const current = useCurrent(sections, page);
  useKeys({ filter: () => field.current?.select() });
  const count = sections.reduce((sum, each) => sum + each.fields.length + each.panels.length, 0);
  const goTo = (id: string) => {
    const section = document.getElementById(sectionId(id));
    section?.scrollIntoView();
    // The next Tab leads into it.
    section?.focus({ preventScroll: true });
  };
  return (
    <nav aria-label="Sections of the settings" className="w-[200px] shrink-0 overflow-y-auto p-4 pr-1">
      <div className="relative mb-2">
        <input
          ref={field}
          type="search"
          aria-label="Find a setting"
          placeholder="Find a setting"
          spellCheck={false}
          autoComplete="off"
          className="input w-full"
          value={typed}
          onChange={(event) => onType(event.target.value)}
          onKeyDown={(event) => {
            // The settings' form is not sent by it.
            if (event.key === "Enter") event.preventDefault();
            if (event.key === "Escape" && typed !== "") onType("");
          }}
        />
        {typed === "" && filterKey !== undefined && (
          <span className="pointer-events-none absolute top-[7px] right-2" aria-hidden="true">
            <KeyCaps keys={filterKey} />
          </span>
        )}
      </div>
      <p role="status" className={typed === "" ? "sr-only" : "mb-2 px-2 text-xs text-ink-2"}>
        {typed === "" ? "" : count === 0 ? "No setting fits" : formatPlural(count, "fit", "fit")}
      </p>
      <ul>
        {sections.map(({ id, title }) => (
          <li key={id}>
            <button
              type="button"
              aria-current={id === current ? "location" : undefined}
              onClick={() => goTo(id)}
              className={`w-full rounded-md px-2 py-1 text-left ${id === current ? "bg-selected font-medium" : "text-ink-2 hover:bg-hover"}`}
            >
              {title}
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}
