/** The width of an element, in CSS pixels, as it changes: letters of a drawing keep their size. */
import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';

/** Of the page's text, its edges taken off. */
const WIDEST = 1168;

export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(Math.min(WIDEST, innerWidth - 32));
  useLayoutEffect(() => {
    const { current } = element;
    if (current === null) return undefined;
    const measure = (): void => setWidth(current.clientWidth || width);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    return () => observer.disconnect();
  });
  return width;
}
