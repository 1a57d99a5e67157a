/** All iterations with kept pictures, one picture of each; a click compares it with the best. */
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { scoreText } from '../../../shared/score-text.ts';
import type { GalleryIndex, GalleryRow } from '../../gallery/state.ts';
import type { PageState } from '../../state.ts';
import { baselineText } from '../words.ts';
import { Choice } from './choice.tsx';
import { descending } from './pairs.ts';
import { Thumb } from './picture.tsx';
import { galleryAddress, type GalleryPlace } from './place.ts';
import { useScrolled } from './scrolled.ts';
import { notKeptText, usualSides } from './sides.ts';
import { windowOf, type GridWindow } from './windowed.ts';

interface WallProps {
  readonly run: string;
  readonly place: GalleryPlace;
  readonly index: GalleryIndex;
  readonly state: PageState;
}

/** Pixels; a phone shows three beside each other. */
const LEAST_WIDTH = 132;
const LEAST_ON_PHONE = 92;
const PHONE = 500;
const GAP = 10;
const CAPTION = 52;

export function Wall({ run, place, index, state }: WallProps) {
  const { rows, scorers, slots, drawn } = index;
  const sorted = useMemo(() => inOrder(rows, scorers, place.by), [rows, scorers, place.by]);
  const go = (change: Partial<GalleryPlace>): void =>
    location.replace(galleryAddress(run, { part: 'wall', by: place.by, picture: place.picture, ...change }));
  const best = state.summary.best?.trial;
  const [otherThanBest] = usualSides(index, state);
  const grid = useRef<HTMLUListElement>(null);
  const { columns, tile, seen } = useGrid(grid, sorted.length);
  useScrolled(`${run} ${place.by}`, tile > 1);
  return (
    <section aria-label="All iterations with images">
      <div class="choices gallery-choices">
        <Choice
          label="Sort by"
          value={place.by}
          options={[
            ['', 'best score first'],
            ...(scorers.length > 1
              ? scorers.flatMap((name) => [
                  [`high-${name}`, `${name}, highest first`] as const,
                  [`low-${name}`, `${name}, lowest first`] as const,
                ])
              : []),
            ['newest', 'newest first'],
            ['oldest', 'oldest first'],
          ]}
          onChoose={(by) => go({ by })}
        />
        {slots.length > 1 && (
          <Choice
            label="Image"
            value={place.picture === null ? '' : String(place.picture)}
            options={[
              ['', 'first kept image'],
              ...slots.map(({ payload, seed }, slot) => [String(slot), `${payload}, seed ${seed}`] as const),
            ]}
            onChoose={(picture) => go({ picture: picture === '' ? null : Number(picture) })}
          />
        )}
      </div>
      <p class="quiet">
        {rows.length} of {drawn} iterations and baselines have kept images.
        {rows.length < drawn && ` ${notKeptText(state.summary.keeps)}`} A click compares with the best.
      </p>
      <ul
        ref={grid}
        class="gallery-wall"
        onKeyDown={(event) => {
          const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
          const step = Object.entries(steps).find(([key]) => key === event.key)?.[1];
          if (step !== undefined && moveFocus(event.currentTarget, step)) event.preventDefault();
        }}
        style={{
          gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
          gridAutoRows: `${tile + CAPTION}px`,
          gap: `${GAP}px`,
          paddingTop: `${seen.before}px`,
          paddingBottom: `${seen.behind}px`,
        }}
      >
        {sorted.slice(seen.first, seen.end).map((row, at) => (
          <li key={row.id} aria-setsize={sorted.length} aria-posinset={seen.first + at + 1}>
            <a
              class={row.id === best ? 'best' : ''}
              href={galleryAddress(run, {
                left: row.id === best ? otherThanBest : String(row.id),
                right: 'best',
                picture: place.picture,
              })}
            >
              <Tile run={run} row={row} slot={place.picture} size={tile} />
              <span>
                <b>{valueText(row, index, place.by)}</b>
                <br />
                <small>
                  #{row.id}
                  {row.id === best && ', best'}
                  {row.baseline !== undefined && `, ${baselineText(row.baseline)}`}
                </small>
              </span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Tile({
  run,
  row,
  slot,
  size,
}: {
  readonly run: string;
  readonly row: GalleryRow;
  readonly slot: number | null;
  readonly size: number;
}) {
  const shown = slot ?? row.kept[0];
  const style = { height: `${size}px` };
  return (
    <span class="gallery-tile" style={style}>
      {shown === undefined || !row.kept.includes(shown) ? (
        <span class="gallery-none">not kept</span>
      ) : (
        <Thumb run={run} merge={{ id: String(row.id), version: row.version }} slot={shown} alt="" />
      )}
    </span>
  );
}

/** Which tiles are there: the page scrolls, and only what is near is made. */
function useGrid(
  grid: { readonly current: HTMLElement | null },
  count: number,
): { readonly columns: number; readonly tile: number; readonly seen: GridWindow } {
  const [place, setPlace] = useState({ width: 0, above: 0, height: 900 });
  useLayoutEffect(() => {
    let waiting: number | undefined;
    const look = (): void => {
      waiting = undefined;
      const box = grid.current?.getBoundingClientRect();
      if (box === undefined) return;
      const next = { width: box.width, above: -box.top, height: innerHeight };
      setPlace((before) =>
        before.width === next.width && before.height === next.height && before.above === next.above
          ? before
          : next,
      );
    };
    const soon = (): void => {
      waiting ??= requestAnimationFrame(look);
    };
    look();
    addEventListener('scroll', soon, { passive: true });
    addEventListener('resize', soon);
    return () => {
      removeEventListener('scroll', soon);
      removeEventListener('resize', soon);
      if (waiting !== undefined) cancelAnimationFrame(waiting);
    };
  }, [count]);
  const least = place.width < PHONE ? LEAST_ON_PHONE : LEAST_WIDTH;
  const columns = Math.max(1, Math.floor((place.width + GAP) / (least + GAP)));
  const tile = Math.max(1, Math.floor((place.width - GAP * (columns - 1)) / columns));
  const seen = windowOf({
    count,
    columns,
    rowHeight: tile + CAPTION + GAP,
    above: place.above,
    height: place.height,
  });
  return { columns, tile, seen };
}

/** @returns whether there is a tile to move to: those near the edges are there before they are seen */
function moveFocus(grid: HTMLElement, step: number): boolean {
  const tiles = [...grid.querySelectorAll('a')];
  const at = tiles.findIndex((tile) => tile === document.activeElement);
  const next = at < 0 ? undefined : tiles[at + step];
  next?.focus();
  return next !== undefined;
}

/** The number that they are sorted by. */
function valueText({ score, means }: GalleryRow, { scorers }: GalleryIndex, by: string): string {
  const { at } = scorerOf(by, scorers);
  const value = at < 0 ? score : (means[at] ?? null);
  return value === null ? 'no score' : scoreText(value);
}

/** @returns its position; -1 where they are sorted by something else */
function scorerOf(by: string, scorers: readonly string[]): { readonly at: number; readonly isLow: boolean } {
  const [, direction, name = ''] = /^(high|low)-(.*)$/s.exec(by) ?? [];
  return { at: scorers.indexOf(name), isLow: direction === 'low' };
}

function inOrder(rows: readonly GalleryRow[], scorers: readonly string[], by: string): readonly GalleryRow[] {
  if (by === 'oldest') return rows;
  if (by === 'newest') return rows.toReversed();
  const { at, isLow } = scorerOf(by, scorers);
  if (at < 0) return rows.toSorted((one, other) => descending(one.score, other.score));
  const value = ({ means }: GalleryRow): number | null => {
    const mean = means[at] ?? null;
    return mean !== null && isLow ? -mean : mean;
  };
  return rows.toSorted((one, other) => descending(value(one), value(other)));
}
