import { useState } from "react";
import { formatCount } from "../view/format.ts";
import { shownAtOnce, shownOf } from "../view/shown.ts";
import { Button } from "./button.tsx";

/** A long list as far as it is drawn: thousands of rows at once would hold up every key. @param index the row that is looked at */
export function useShown<T>(items: readonly T[], index = -1) {
  const [count, setCount] = useState(shownAtOnce);
  const shown = shownOf(items, count, index);
  return { shown, left: items.length - shown.length, showMore: () => setCount(count + shownAtOnce) };
}

/** Draws more of a list; nothing where all of it is drawn. */
export function ShowMore({ left, showMore }: Omit<ReturnType<typeof useShown>, "shown">) {
  if (left === 0) return null;
  return (
    <div className="p-3 text-center">
      <Button size="small" onClick={showMore}>
        Show {formatCount(Math.min(left, shownAtOnce))} more of {formatCount(left)}
      </Button>
    </div>
  );
}
