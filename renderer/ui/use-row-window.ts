import { useCallback, useLayoutEffect, useState } from "react";
import { flushSync } from "react-dom";
import { moveWindow, type RowWindow, rowsInSight } from "../view/row-window.ts";

interface ListView {
  /** Null until it is on the page. */
  readonly scroller: HTMLElement | null;
  readonly count: number;
  readonly rowHeight: number;
  readonly spare: number;
}

/** The rows of a scrolled list that have to be drawn. It changes only when other rows come into sight. */
export function useRowWindow({ scroller, count, rowHeight, spare }: ListView): RowWindow {
  const [window, setWindow] = useState<RowWindow>({ first: 0, slots: [] });
  const look = useCallback(() => {
    if (scroller === null) return;
    const { scrollTop, clientHeight: height } = scroller;
    const { first, size } = rowsInSight({ scrollTop, height, rowHeight, count, spare });
    setWindow((before) => moveWindow(before, first, size));
  }, [scroller, count, rowHeight, spare]);
  useLayoutEffect(() => {
    if (scroller === null) return;
    look();
    // Within the frame that scrolled: later, the rows would follow the scroll bar.
    const onScroll = () => flushSync(look);
    const resized = new ResizeObserver(look);
    resized.observe(scroller);
    scroller.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      resized.disconnect();
      scroller.removeEventListener("scroll", onScroll);
    };
  }, [scroller, look]);
  return window;
}
