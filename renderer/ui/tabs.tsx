import type { ReactNode } from "react";
import { useRef } from "react";

export interface Tab<K extends string> {
  readonly key: K;
  readonly label: string;
  readonly count?: string;
}

interface TabsProps<K extends string> {
  readonly label: string;
  readonly tabs: readonly Tab<K>[];
  readonly current: K;
  readonly onChange: (key: K) => void;
  readonly aside?: ReactNode;
}

/** Tabs after the ARIA authoring practices: arrows move, the panel is labelled by its tab. */
export function Tabs<K extends string>({ label, tabs, current, onChange, aside }: TabsProps<K>) {
  const buttons = useRef(new Map<K, HTMLButtonElement>());
  const move = (to: number) => {
    const tab = tabs[(to + tabs.length) % tabs.length];
    if (tab === undefined) return;
    onChange(tab.key);
    buttons.current.get(tab.key)?.focus();
  };
  const at = tabs.findIndex((tab) => tab.key === current);
  return (
    <div className="flex items-center justify-between border-b border-line">
      <div role="tablist" aria-label={label} className="flex gap-1">
        {tabs.map((tab) => (
          <button
            key={tab.key}
            ref={(element) => {
              if (element !== null) buttons.current.set(tab.key, element);
            }}
            type="button"
            role="tab"
            id={`tab-${tab.key}`}
            aria-selected={tab.key === current}
            aria-controls={`panel-${tab.key}`}
            tabIndex={tab.key === current ? 0 : -1}
            onClick={() => onChange(tab.key)}
            onKeyDown={(event) => {
              if (event.key === "ArrowRight") move(at + 1);
              else if (event.key === "ArrowLeft") move(at - 1);
              else if (event.key === "Home") move(0);
              else if (event.key === "End") move(tabs.length - 1);
              else return;
              event.preventDefault();
            }}
            className={`-mb-px border-b-2 px-3 py-2 text-sm font-medium ${tab.key === current ? "border-accent text-ink" : "border-transparent text-ink-2 hover:text-ink"}`}
          >
            {tab.label}{" "}
            {tab.count !== undefined && <span className="ml-0.5 text-xs font-normal text-ink-3">{tab.count}</span>}
          </button>
        ))}
      </div>
      {aside}
    </div>
  );
}

interface TabPanelProps {
  readonly tab: string;
  readonly children: ReactNode;
  readonly className?: string;
  /** Whether it scrolls itself: then it is reached by the keyboard, whatever is in it. */
  readonly scrolls?: boolean;
}

export function TabPanel({ tab, children, className = "", scrolls = false }: TabPanelProps) {
  return (
    <div
      role="tabpanel"
      id={`panel-${tab}`}
      aria-labelledby={`tab-${tab}`}
      tabIndex={scrolls ? 0 : undefined}
      className={`${className} ${scrolls ? "overflow-y-auto focus-visible:outline-offset-[-2px]" : ""}`}
    >
      {children}
    </div>
  );
}
