import { screenLabels } from "../view/labels.ts";
import { type AgentScreen, agentScreens, placeHash } from "../view/place.ts";

/** The way between the screens of the agent. */
export function AgentTabs({ screen }: { screen: AgentScreen }) {
  return (
    <nav aria-label="Assistant" className="flex shrink-0 gap-1 border-b border-line bg-surface px-3 py-1.5">
      {agentScreens.map((one) => (
        <a
          key={one}
          href={placeHash({ screen: one })}
          aria-current={one === screen ? "page" : undefined}
          className={`rounded-md px-3 py-1 text-sm font-medium ${one === screen ? "bg-accent-soft text-accent" : "text-ink-2 hover:bg-hover hover:text-ink"}`}
        >
          {screenLabels[one]}
        </a>
      ))}
    </nav>
  );
}
