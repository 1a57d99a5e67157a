/** All pairs of pictures, small, with their values; a click shows one in large. */
import { scoreText } from '../../../shared/score-text.ts';
import type { GalleryMerge, GalleryPicture } from '../../gallery/state.ts';
import type { Pair } from './pairs.ts';
import { lackOf, Thumb } from './picture.tsx';
import { differenceText } from './sum-line.tsx';

interface PairListProps {
  readonly run: string;
  readonly pairs: readonly Pair[];
  readonly merges: readonly [left: GalleryMerge | undefined, right: GalleryMerge | undefined];
  readonly chosen: number | undefined;
  readonly onChoose: (slot: number) => void;
}

export function PairList({ run, pairs, merges, chosen, onChoose }: PairListProps) {
  return (
    <ol class="gallery-pairs" aria-label="All images of both">
      {pairs.map(({ slot, payload, seed, left, right, values, difference }) => (
        <li key={slot}>
          <button
            type="button"
            {...(slot === chosen && { 'aria-current': 'true' as const })}
            onClick={() => onChoose(slot)}
          >
            <span class="gallery-two">
              <Half run={run} merge={merges[0]} picture={left} />
              <Half run={run} merge={merges[1]} picture={right} />
            </span>
            <span class="gallery-values">
              <span>{valueText(values[0])}</span> <span>{valueText(values[1])}</span>
            </span>
            <span class="gallery-difference">
              {difference === null ? '' : `${signOf(difference)} ${differenceText(difference)}`}
            </span>
            <span class="quiet">
              {payload} <small>{seed}</small>
            </span>
          </button>
        </li>
      ))}
    </ol>
  );
}

function signOf(difference: number): string {
  if (difference === 0) return '=';
  return difference > 0 ? '▲' : '▼';
}

function valueText(value: number | null): string {
  return value === null ? '–' : scoreText(value);
}

function Half({
  run,
  merge,
  picture,
}: {
  readonly run: string;
  readonly merge: GalleryMerge | undefined;
  readonly picture: GalleryPicture | undefined;
}) {
  const lack = lackOf(picture);
  if (merge === undefined || picture === undefined || lack !== undefined)
    return <span class="gallery-none">{merge === undefined ? '…' : lack}</span>;
  return <Thumb run={run} merge={merge} slot={picture.slot} alt="" />;
}
