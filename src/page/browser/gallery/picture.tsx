/** One kept picture, small or as it is; a few words where there is none. */
import { useState } from 'preact/hooks';
import type { GalleryMerge, GalleryPicture } from '../../gallery/state.ts';
import { pictureAddress } from './load.ts';

/** How often one that did not come is asked for again: the server may be busy, or the file just being written. */
const MOST_TRIES = 3;

interface ThumbProps {
  readonly run: string;
  readonly merge: Pick<GalleryMerge, 'id' | 'version'>;
  readonly slot: number;
  /** Empty where the words beside it say the same. */
  readonly alt: string;
}

export function Thumb({ run, merge, slot, alt }: ThumbProps) {
  const address = pictureAddress(run, merge, slot, 'small');
  const [failed, setFailed] = useState({ address, tries: 0 });
  const tries = failed.address === address ? failed.tries : 0;
  if (tries >= MOST_TRIES) return <span class="gallery-none">cannot be read</span>;
  return (
    <img
      class="gallery-thumb"
      src={tries === 0 ? address : `${address}&again=${tries}`}
      alt={alt}
      loading="lazy"
      decoding="async"
      draggable={false}
      onError={() => setTimeout(() => setFailed({ address, tries: tries + 1 }), 700 * (tries + 1))}
    />
  );
}

/** What stands in the place of a picture that cannot be shown; undefined for one that can. */
export function lackOf(picture: GalleryPicture | undefined): string | undefined {
  if (picture === undefined) return 'not made';
  return picture.isKept ? undefined : 'not kept';
}

interface FullPictureProps {
  readonly address: string;
  readonly alt: string;
  /** One pixel of the picture is one of the screen. */
  readonly isActual: boolean;
}

/**
 * While another picture loads, nothing stands in its place: the one before would have the wrong words above it. The place keeps its
 * size, so that nothing jumps.
 */
export function FullPicture({ address, alt, isActual }: FullPictureProps) {
  const [shown, setShown] = useState<Shown>();
  const [broken, setBroken] = useState('');
  if (broken === address) return <div class="gallery-none">This image cannot be read.</div>;
  return (
    <img
      key={address}
      src={address}
      alt={alt}
      draggable={false}
      decoding="async"
      style={styleOf(shown, shown?.address === address, isActual)}
      onLoad={({ currentTarget }) => {
        const { width, height } = currentTarget.getBoundingClientRect();
        setShown({ address, pixels: currentTarget.naturalWidth, width, height });
      }}
      onError={() => setBroken(address)}
    />
  );
}

/** The picture that came last. */
interface Shown {
  readonly address: string;
  /** Its own width. */
  readonly pixels: number;
  /** Of the place that it took. */
  readonly width: number;
  readonly height: number;
}

function styleOf(shown: Shown | undefined, isThere: boolean, isActual: boolean): Record<string, string> {
  if (shown === undefined) return {};
  if (!isThere) return { minWidth: `${shown.width}px`, minHeight: `${shown.height}px` };
  if (!isActual) return {};
  return { width: `${shown.pixels / (globalThis.devicePixelRatio || 1)}px`, maxWidth: 'none' };
}
