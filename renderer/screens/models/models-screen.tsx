import { useQuery } from "@tanstack/react-query";
import { Boxes, Upload } from "lucide-react";
import { useState } from "react";
import { modelsAtOnce, modelsQuery } from "../../queries/models.ts";
import { Button } from "../../ui/button.tsx";
import { EmptyPanel, PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { goTo } from "../../view/place.ts";
import { useKeys } from "../../view/use-keys.ts";
import { BringModel } from "./bring-model.tsx";
import { ElsewherePanel } from "./elsewhere-panel.tsx";
import { ModelDetail } from "./model-detail.tsx";
import { ModelList } from "./model-list.tsx";

/** The registry lists no more than that. */
const mostModels = 200;

/** The registry: every payload model, two of them side by side. */
export function ModelsScreen({ item }: { item: string | undefined }) {
  const [limit, setLimit] = useState(modelsAtOnce);
  const query = useQuery(modelsQuery(limit));
  const [other, setOther] = useState<string | null>(null);
  const [isBringing, setIsBringing] = useState(false);
  const models = query.data?.models ?? [];
  const current = item ?? models.find(({ aliases }) => aliases.includes("champion"))?.metadata.id;
  const at = models.findIndex(({ metadata }) => metadata.id === current);
  // One that is named by the address may be older than what is asked for first.
  if (item !== undefined && at < 0 && query.data?.more === true && limit < mostModels) setLimit(mostModels);
  const select = (to: number) => {
    const model = models[Math.max(0, Math.min(models.length - 1, to))];
    if (model === undefined) return;
    setOther(null);
    goTo({ screen: "models", item: model.metadata.id }, { replace: true });
  };
  useKeys({
    next: () => select(at + 1),
    previous: () => select(Math.max(0, at - 1)),
    first: () => select(0),
    last: () => select(models.length - 1),
    back: () => setOther(null),
    bringModel: () => setIsBringing(true),
  });
  if (query.data === undefined) return <PanelStatus query={query} what="the models" />;
  const model = models[at];
  return (
    <div className="flex h-full">
      <section
        aria-label="Registry"
        tabIndex={0}
        className="flex w-[340px] shrink-0 flex-col overflow-y-auto border-r border-line bg-surface focus-visible:outline-offset-[-2px]"
      >
        <div className="flex items-center justify-between border-b border-line px-4 py-2">
          <h2 className="text-sm font-semibold">Models</h2>
          <Button size="small" icon={Upload} onClick={() => setIsBringing(true)}>
            Bring…
          </Button>
        </div>
        <StaleNote query={query} what="the models" />
        <ModelList models={models} selected={current} other={other} onCompare={setOther} />
        {query.data.more && (
          <div className="p-3">
            <Button
              size="small"
              aria-busy={query.isPlaceholderData}
              onClick={() => setLimit(Math.min(mostModels, limit + modelsAtOnce))}
            >
              Show older models
            </Button>
          </div>
        )}
        <ElsewherePanel known={models.map(({ metadata }) => metadata.id)} />
      </section>
      {model === undefined ? (
        <div className="min-w-0 flex-1">
          <EmptyPanel icon={Boxes} title="No model is chosen">
            The model that decides is not of the registry, or the one of this address is not there any more.
          </EmptyPanel>
        </div>
      ) : (
        <ModelDetail
          key={model.metadata.id}
          model={model}
          other={models.find(({ metadata }) => metadata.id === other)}
        />
      )}
      {isBringing && <BringModel onClose={() => setIsBringing(false)} />}
    </div>
  );
}
