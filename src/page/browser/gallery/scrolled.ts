/** How far the wall was scrolled when somebody left it: a browser forgets that when a shorter view takes its place. */
import { useLayoutEffect } from 'preact/hooks';

const left = new Map<string, number>();

/** @param key of what is scrolled @param isLaidOut false: it has not its height yet */
export function useScrolled(key: string, isLaidOut: boolean): void {
  useLayoutEffect(() => {
    if (!isLaidOut) return undefined;
    const before = left.get(key);
    if (before !== undefined) scrollTo(0, before);
    const note = (): void => {
      left.set(key, scrollY);
    };
    addEventListener('scroll', note, { passive: true });
    return () => removeEventListener('scroll', note);
  }, [key, isLaidOut]);
}
