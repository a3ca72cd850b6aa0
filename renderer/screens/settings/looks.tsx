import { KeyCaps } from "../../ui/key-cap.tsx";
import { Segments } from "../../ui/segments.tsx";
import { useKeyOf } from "../../view/keys-in-force.ts";
import { contrasts, densities, themes, useView } from "../../view/view.ts";

const words = {
  system: "As the system",
  light: "Light",
  dark: "Dark",
  normal: "Normal",
  high: "High",
  comfortable: "Comfortable",
  compact: "Compact",
};

interface LookProps<V extends keyof typeof words> {
  readonly name: string;
  readonly meaning: string;
  readonly action: "theme" | "contrast" | "density";
  readonly values: readonly V[];
  readonly value: V;
  readonly onChange: (value: V) => void;
}

function Look<V extends keyof typeof words>({ name, meaning, action, values, value, onChange }: LookProps<V>) {
  const key = useKeyOf(action);
  return (
    <div className="grid grid-cols-[minmax(0,2fr)_minmax(0,3fr)] items-center gap-6 border-t border-line px-5 py-2.5">
      <div>
        <p className="font-medium">{name}</p>
        <p className="text-xs text-ink-2">{meaning}</p>
      </div>
      <div className="flex items-center gap-3">
        <Segments
          legend={name}
          options={values.map((each) => ({ value: each, label: words[each] }))}
          value={value}
          onChange={onChange}
        />
        {key !== undefined && <KeyCaps keys={key} />}
      </div>
    </div>
  );
}

/** How this browser or application shows things; it is kept here, and no setting of the engine. */
export function Looks() {
  const { theme, contrast, density, set } = useView();
  return (
    <section aria-labelledby="looks" className="card mt-4 overflow-clip">
      <div className="px-5 py-2.5">
        <h3 id="looks" className="font-semibold">
          Looks
        </h3>
        <p className="text-xs text-ink-2">They hold for this computer, and at once.</p>
      </div>
      <Look
        name="Theme"
        meaning="Light or dark"
        action="theme"
        values={themes}
        value={theme}
        onChange={(to) => set({ theme: to })}
      />
      <Look
        name="Contrast"
        meaning="High: text at 7 to 1 and more, and every edge is seen"
        action="contrast"
        values={contrasts}
        value={contrast}
        onChange={(to) => set({ contrast: to })}
      />
      <Look
        name="Rows"
        meaning="How high the rows of lists are"
        action="density"
        values={densities}
        value={density}
        onChange={(to) => set({ density: to })}
      />
    </section>
  );
}
