import { useEffect } from "react";
import { screenLabels } from "../view/labels.ts";
import { placeHash, type ResponseScreen, responseScreens, type Screen } from "../view/place.ts";
import { useView } from "../view/view.ts";

/** The way between the screens of what acts on attacks. */
export function ResponseTabs({ screen, attention }: { screen: ResponseScreen; attention: ReadonlySet<Screen> }) {
  const set = useView((view) => view.set);
  // The rail leads back to the one that was open last.
  useEffect(() => set({ response: screen }), [screen, set]);
  return (
    <nav aria-label="Response" className="flex shrink-0 gap-1 border-b border-line bg-surface px-3 py-1.5">
      {responseScreens.map((one) => (
        <a
          key={one}
          href={placeHash({ screen: one })}
          aria-current={one === screen ? "page" : undefined}
          className={`relative rounded-md px-3 py-1 text-sm font-medium ${one === screen ? "bg-accent-soft text-accent" : "text-ink-2 hover:bg-hover hover:text-ink"}`}
        >
          {screenLabels[one]}
          {attention.has(one) && (
            <>
              <span className="absolute top-1 right-1 size-2 rounded-full bg-bar-simulate" />
              <span className="sr-only">needs attention</span>
            </>
          )}
        </a>
      ))}
    </nav>
  );
}
