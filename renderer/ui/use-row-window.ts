import { useCallback, useLayoutEffect, useState } from "react";
import { flushSync } from "react-dom";
import { moveWindow, positionAt, type RowWindow, rowsInSight } from "../view/row-window.ts";

interface ListView {
  /** Null until it is on the page. */
  readonly scroller: HTMLElement | null;
  readonly count: number;
  readonly rowHeight: number;
  readonly spare: number;
}

interface DrawnWindow {
  readonly window: RowWindow;
  /** How much further up the page its rows are than they would be were the page as high as all rows, px; 0 in most lists. */
  readonly shift: number;
}

/** The rows of a scrolled list that have to be drawn. It changes only when other rows come into sight, or all of them are shifted. */
export function useRowWindow({ scroller, count, rowHeight, spare }: ListView): DrawnWindow {
  const [drawn, setDrawn] = useState<DrawnWindow>({ window: { first: 0, slots: [] }, shift: 0 });
  const look = useCallback(() => {
    if (scroller === null) return;
    const { scrollTop, clientHeight: height } = scroller;
    const position = positionAt(scrollTop, count * rowHeight);
    const shift = position - scrollTop;
    const { first, size } = rowsInSight({ scrollTop: position, height, rowHeight, count, spare });
    setDrawn((before) => {
      const window = moveWindow(before.window, first, size);
      return window === before.window && shift === before.shift ? before : { window, shift };
    });
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
  return drawn;
}
