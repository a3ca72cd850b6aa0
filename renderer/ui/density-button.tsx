import { Rows3, Rows4 } from "lucide-react";
import { useKeyOf } from "../view/keys-in-force.ts";
import { toggleDensity, useView } from "../view/view.ts";
import { IconButton } from "./button.tsx";

/** High or low rows in lists. */
export function DensityButton() {
  const isCompact = useView((view) => view.density === "compact");
  const key = useKeyOf("density");
  return (
    <IconButton
      icon={isCompact ? Rows3 : Rows4}
      label={isCompact ? "Comfortable rows" : "Compact rows"}
      shortcut={key}
      onClick={toggleDensity}
    />
  );
}
