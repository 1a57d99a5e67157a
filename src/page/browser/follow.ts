/** Follows a run: the whole state first, and again after every lost connection; changes in between. */
import { useEffect, useState } from 'preact/hooks';
import type { PageChange, PageState } from '../state.ts';
import { changed } from './changed.ts';

export interface Followed {
  readonly state: PageState | undefined;
  readonly isConnected: boolean;
}

export function useRun(run: string): Followed {
  const [state, setState] = useState<PageState>();
  const [isConnected, setConnected] = useState(false);
  useEffect(() => {
    let events: EventSource | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    const open = (): void => {
      const source = new EventSource(`/api/runs/${run}/events`);
      events = source;
      source.addEventListener('open', () => setConnected(true));
      source.addEventListener('error', () => {
        setConnected(false);
        // A browser gives up where it got an answer that is no stream: a server that is just starting, for example.
        if (source.readyState === EventSource.CLOSED) again = setTimeout(open, 2000);
      });
      source.addEventListener('state', ({ data }) => {
        // The same version of this package sends it.
        const whole: PageState = JSON.parse(String(data));
        setState(whole);
      });
      source.addEventListener('change', ({ data }) => {
        const change: PageChange = JSON.parse(String(data));
        setState((before) => changed(before, change));
      });
    };
    open();
    return () => {
      events?.close();
      clearTimeout(again);
    };
  }, [run]);
  return { state, isConnected };
}
