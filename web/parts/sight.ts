// What of a page is in sight, and how wide it is there.
import { useEffect, useState } from "preact/hooks";

/** Up to so many lines are all in the page: searching in it and reading it aloud then work as everywhere. */
const ALL_ROWS = 150;
const BEYOND_SIGHT = 12;

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

/** The lines from the first to before the last that can be seen, and some around them. */
export function useSeenRows(
  list: { current: HTMLElement | null },
  count: number,
  rowHeight: number,
): [first: number, last: number] {
  const [seen, setSeen] = useState<[number, number]>([0, ALL_ROWS]);
  useEffect(() => {
    if (count <= ALL_ROWS) return;
    const look = () => {
      const top = -(list.current?.getBoundingClientRect().top ?? 0) / rowHeight;
      // In steps, so that not every pixel is drawn anew.
      const first = Math.max(0, Math.floor(top / BEYOND_SIGHT) * BEYOND_SIGHT - BEYOND_SIGHT);
      const last = Math.ceil(first + innerHeight / rowHeight + 3 * BEYOND_SIGHT);
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
