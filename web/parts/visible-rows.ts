// Finds the visible lines of a long list, and measures the width of an element.
import { useEffect, useState } from "preact/hooks";

/** A list of up to this many lines is complete in the page: the browser can search it, screen readers can read it. */
const ALL_ROWS = 150;
/** Lines kept above and below the visible ones. */
const MARGIN_ROWS = 12;

/** An element's width in pixels, kept up to date. */
export function useWidth(element: { current: Element | null }): number {
  const [width, setWidth] = useState(600);
  useEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.round(entry.contentRect.width)));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return width;
}

/** The range of visible lines and some around them; the end is exclusive. */
export function useVisibleRows(
  list: { current: HTMLElement | null },
  count: number,
  rowHeight: number,
): [first: number, last: number] {
  const [seen, setSeen] = useState<[number, number]>([0, ALL_ROWS]);
  useEffect(() => {
    if (count <= ALL_ROWS) return;
    const look = () => {
      const top = -(list.current?.getBoundingClientRect().top ?? 0) / rowHeight;
      // In steps, so that not every pixel of scrolling redraws the list.
      const first = Math.max(0, Math.floor(top / MARGIN_ROWS) * MARGIN_ROWS - MARGIN_ROWS);
      const last = Math.ceil(first + innerHeight / rowHeight + 3 * MARGIN_ROWS);
      setSeen((before) => (before[0] === first && before[1] === last ? before : [first, last]));
    };
    look();
    addEventListener("scroll", look, { passive: true });
    addEventListener("resize", look);
    return () => {
      removeEventListener("scroll", look);
      removeEventListener("resize", look);
    };
  }, [count, rowHeight]);
  if (count <= ALL_ROWS) return [0, count];
  return [Math.min(seen[0], Math.max(0, count - 1)), Math.min(seen[1], count)];
}
