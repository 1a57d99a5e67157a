/** The kept pictures of a run: two merges beside each other, the proof's on fresh seeds, and all iterations. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { GalleryIndex } from '../../gallery/state.ts';
import type { ViewProps } from '../view.ts';
import { Compare } from './compare.tsx';
import { useIndex } from './load.ts';
import { galleryAddress, useGalleryPlace, type GalleryPlace } from './place.ts';
import { notKeptText, usualCandidates, usualSides } from './sides.ts';
import { Wall } from './wall.tsx';

export function GalleryView({ run, state }: ViewProps) {
  const place = useGalleryPlace();
  const { summary } = state;
  useArrival(place.part);
  const isLive = summary.state !== 'ended' && summary.state !== 'dead';
  const { found: index, trouble } = useIndex(run, isLive);
  if (index === undefined)
    return <p role="status">{trouble === '' ? 'Loading …' : `The images cannot be listed (${trouble}).`}</p>;
  if (index.rows.length === 0 && index.proofs.length === 0)
    return (
      <p class="quiet">
        {index.drawn === 0
          ? `This run has no images${isLive ? ' yet' : ''}.`
          : `No images were kept. ${notKeptText(summary.keeps)}`}
      </p>
    );
  return (
    <>
      <Parts run={run} place={place} index={index} />
      {place.part === 'wall' ? (
        <Wall run={run} place={place} index={index} state={state} />
      ) : (
        <Compare run={run} place={withSides(place, index, state)} index={index} state={state} />
      )}
    </>
  );
}

/** Whoever comes from far down the wall sees the pictures, and the keys reach them. */
function useArrival(part: GalleryPlace['part']): void {
  const before = useRef(part);
  useLayoutEffect(() => {
    if (before.current === 'wall' && part === 'compare') {
      document.querySelector('.gallery-parts')?.scrollIntoView();
      document.querySelector<HTMLElement>('.gallery-stage')?.focus({ preventScroll: true });
    }
    before.current = part;
  }, [part]);
}

function withSides(place: GalleryPlace, index: GalleryIndex, state: ViewProps['state']): GalleryPlace {
  if (place.left !== '') return place;
  const [newest] = index.proofs.slice(-1);
  const isOnlyProof = index.rows.length === 0 && newest !== undefined;
  const [left, right] = isOnlyProof ? usualCandidates(newest) : usualSides(index, state);
  return { ...place, left, right };
}

/** @returns the number of the proof whose pictures are compared; undefined for those of the search */
function proofOf({ left }: Pick<GalleryPlace, 'left'>): number | undefined {
  const [, proof] = /^proof(\d+)-/.exec(left) ?? [];
  return proof === undefined ? undefined : Number(proof);
}

function Parts({
  run,
  place,
  index: { proofs, rows },
}: {
  readonly run: string;
  readonly place: GalleryPlace;
  readonly index: GalleryIndex;
}) {
  const shown = place.part === 'wall' ? 'wall' : (proofOf(place) ?? 'search');
  const parts = [
    { id: 'search', text: 'Compare', to: {} },
    ...proofs.map((proof) => {
      const [left, right] = usualCandidates(proof);
      const text = proofs.length === 1 ? 'On fresh seeds' : `On fresh seeds, proof ${proof.proof}`;
      return { id: proof.proof, text, to: { left, right } };
    }),
    { id: 'wall', text: `All ${rows.length} with images`, to: { part: 'wall' as const } },
  ];
  return (
    <nav class="gallery-parts" aria-label="Parts of the gallery">
      {parts.map(({ id, text, to }) => (
        <a key={id} href={galleryAddress(run, to)} {...(id === shown && { 'aria-current': 'page' as const })}>
          {text}
        </a>
      ))}
    </nav>
  );
}
