/** Where in the page somebody is: the part of the address behind `#`. */
import { useEffect, useState } from 'preact/hooks';

export interface Place {
  /** Empty for the list of runs. */
  readonly run: string;
  /** Empty for the first view. */
  readonly view: string;
}

export function usePlace(): Place {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const move = (): void => setHash(location.hash);
    addEventListener('hashchange', move);
    return () => removeEventListener('hashchange', move);
  }, []);
  const [run = '', view = ''] = hash.slice(1).split('/');
  return { run, view };
}

export function addressOf({ run, view }: Place): string {
  return view === '' ? `#${run}` : `#${run}/${view}`;
}
