/** What the gallery asks the server for. The same version of this package answers. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { GalleryIndex, GalleryInfo, GalleryMerge } from '../../gallery/state.ts';

export interface Loaded<T> {
  readonly found: T | undefined;
  /** Why there is none; empty while it is on its way. */
  readonly trouble: string;
}

/** Milliseconds from one look to the next while a run is under way: pictures come a moment after their scores. */
const LOOK_AGAIN = 4000;

/** Which pictures are kept. @param isLive the run still adds some */
export function useIndex(run: string, isLive: boolean): Loaded<GalleryIndex> {
  const [loaded, setLoaded] = useState<Loaded<GalleryIndex>>({ found: undefined, trouble: '' });
  const version = useRef('');
  useEffect(() => {
    let isOver = false;
    const load = async (): Promise<void> => {
      if (document.hidden && version.current !== '') return;
      try {
        // The browser asks whether its copy still holds.
        const reply = await fetch(`/api/runs/${run}/gallery`, { cache: 'no-cache' });
        if (!reply.ok) throw new Error(`it answered ${reply.status}`);
        const etag = reply.headers.get('etag') ?? '';
        if (isOver || (etag !== '' && etag === version.current)) return;
        const found: GalleryIndex = await reply.json();
        version.current = etag;
        if (!isOver) setLoaded({ found, trouble: '' });
      } catch (error) {
        if (!isOver) setLoaded(({ found }) => ({ found, trouble: messageOf(error) }));
      }
    };
    void load();
    const timer = isLive ? setInterval(() => void load(), LOOK_AGAIN) : undefined;
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  }, [run, isLive]);
  return loaded;
}

/** @param stamp changes when what is known of it has become another @returns nothing while there is no id */
export function useMerge(run: string, id: string | undefined, stamp: string): Loaded<GalleryMerge> {
  const loaded = useJson<GalleryMerge>(
    id === undefined ? undefined : `/api/runs/${run}/gallery/${id}`,
    stamp,
  );
  // That of another iteration stays until the wanted one is there: it must not be taken for it.
  return loaded.found !== undefined && loaded.found.id !== id ? { ...loaded, found: undefined } : loaded;
}

export function useInfo(run: string, id: string, slot: number): Loaded<GalleryInfo> {
  return useJson<GalleryInfo>(`/api/runs/${run}/gallery/${id}/${slot}/info`, '');
}

function useJson<T>(address: string | undefined, stamp: string): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T> & { readonly address?: string | undefined }>({
    found: undefined,
    trouble: '',
  });
  useEffect(() => {
    if (address === undefined) return undefined;
    let isOver = false;
    const load = async (): Promise<void> => {
      try {
        const reply = await fetch(address);
        if (!reply.ok)
          throw new Error(reply.status === 404 ? 'there is none' : `it answered ${reply.status}`);
        const found: T = await reply.json();
        if (!isOver) setLoaded({ found, trouble: '', address });
      } catch (error) {
        if (!isOver) setLoaded({ found: undefined, trouble: messageOf(error), address });
      }
    };
    void load();
    return () => {
      isOver = true;
    };
  }, [address, stamp]);
  return loaded.address === address ? loaded : { found: undefined, trouble: '' };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** @param merge `12` or `proof1-best` */
export function pictureAddress(
  run: string,
  { id, version }: Pick<GalleryMerge, 'id' | 'version'>,
  slot: number,
  size: 'small' | 'full',
): string {
  return `/api/runs/${run}/gallery/${id}/${slot}?v=${encodeURIComponent(version)}${size === 'small' ? '&size=small' : ''}`;
}
