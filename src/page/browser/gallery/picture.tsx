/** One kept picture, small or as it is; a few words where there is none. */
import { useEffect, useState } from 'preact/hooks';
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

/** Its small copy is shown until the whole picture is there, which is never waited for while another one is shown. */
export function FullPicture({ address, alt, isActual }: FullPictureProps) {
  const [size, setSize] = useState<{ readonly width: number; readonly height: number }>();
  const [isBroken, setBroken] = useState(false);
  useEffect(() => setBroken(false), [address]);
  if (isBroken) return <div class="gallery-none">This picture cannot be read.</div>;
  const ratio = globalThis.devicePixelRatio || 1;
  return (
    <img
      src={address}
      alt={alt}
      draggable={false}
      decoding="async"
      style={isActual && size !== undefined ? { width: `${size.width / ratio}px`, maxWidth: 'none' } : {}}
      onLoad={({ currentTarget: { naturalWidth: width, naturalHeight: height } }) =>
        setSize({ width, height })
      }
      onError={() => setBroken(true)}
    />
  );
}
