/**
 * What the gallery shows, as the part of the page's address behind `#<run>/gallery`, so that a link shows the same:
 * `/A/best?picture=3&as=slider`, `/proof1-A/proof1-best`, `/wall?by=newest`. Pure, but for the hook at the end.
 */
import { useEffect, useState } from 'preact/hooks';

/** How two pictures lie: beside each other, or one over the other. */
export type Laid = 'beside' | 'slider';

export interface GalleryPlace {
  readonly part: 'compare' | 'wall';
  /** `A`, `B`, `half`, `best`, `latest`, `first`, `12` or `proof1-best`; empty for the usual ones. */
  readonly left: string;
  readonly right: string;
  /** Slot of the picture; null for the first one. */
  readonly picture: number | null;
  readonly as: Laid;
  /** What the pictures, or the iterations of the wall, are sorted by; empty for the usual order. */
  readonly by: string;
  /** The scorer whose values are shown in place of the scores; empty for the scores. */
  readonly scorer: string;
  /** Only pictures of this payload; empty for all. */
  readonly payload: string;
}

export const START: GalleryPlace = {
  part: 'compare',
  left: '',
  right: '',
  picture: null,
  as: 'beside',
  by: '',
  scorer: '',
  payload: '',
};

const SIDE = /^(?:A|B|half|best|latest|first|\d{1,7}|proof\d{1,4}-(?:best|runner-up|A|B|half))$/;

/** Whatever makes no sense is left out. @param hash with its `#` */
export function galleryPlace(hash: string): GalleryPlace {
  const [path = '', query = ''] = splitOnce(hash.slice(1), '?');
  const [, , first = '', second = ''] = path.split('/');
  const words = new URLSearchParams(query);
  const picture = words.get('picture') ?? '';
  const isPair = SIDE.test(first) && SIDE.test(second);
  return {
    part: first === 'wall' ? 'wall' : 'compare',
    left: isPair ? first : '',
    right: isPair ? second : '',
    picture: /^\d{1,6}$/.test(picture) ? Number(picture) : null,
    as: words.get('as') === 'slider' ? 'slider' : 'beside',
    by: words.get('by') ?? '',
    scorer: words.get('scorer') ?? '',
    payload: words.get('payload') ?? '',
  };
}

/** The whole address behind `#`, with it. */
export function galleryAddress(run: string, place: Partial<GalleryPlace>): string {
  const { part, left, right, picture, as, by, scorer, payload } = { ...START, ...place };
  const sides = left !== '' && right !== '' ? `/${left}/${right}` : '';
  const words = new URLSearchParams({
    ...(picture !== null && { picture: String(picture) }),
    ...(as !== START.as && { as }),
    ...(by !== '' && { by }),
    ...(scorer !== '' && { scorer }),
    ...(payload !== '' && { payload }),
  }).toString();
  const path = `#${run}/gallery${part === 'wall' ? '/wall' : sides}`;
  if (words === '') return path;
  // Without sides there would be nothing between the view's name and the question mark.
  return `${part === 'compare' && sides === '' ? `${path}/` : path}?${words}`;
}

function splitOnce(text: string, mark: string): string[] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

export function useGalleryPlace(): GalleryPlace {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const move = (): void => setHash(location.hash);
    addEventListener('hashchange', move);
    return () => removeEventListener('hashchange', move);
  }, []);
  return galleryPlace(hash);
}
