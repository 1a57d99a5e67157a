/** Where the search has been: for every weight, how many iterations had it where in its range. */
import { useMemo, useState } from 'preact/hooks';
import type { PageBeliefs, PageDimension } from '../../beliefs/state.ts';
import { countsOf, shortName, weightText } from './figures.ts';
import { FigureTable } from './figure-table.tsx';

const FIFTHS = 5;
const FEW = 30;
const WIDTH = 240;
const HEIGHT = 24;

export function Looked({ beliefs: { dimensions, measured, best } }: { readonly beliefs: PageBeliefs }) {
  const [isWhole, setWhole] = useState(false);
  const strips = useMemo(
    () => dimensions.map((dimension, d) => ({ dimension, counts: countsOf(measured, d, dimension) })),
    [dimensions, measured],
  );
  const shown = isWhole ? strips : strips.slice(0, FEW);
  return (
    <>
      <p>
        For every weight, from its lower to its upper bound: the higher a column, the more iterations were
        there; where there is none, what it believes is a guess. The triangle is the best.
      </p>
      <ul class="strips">
        {shown.map(({ dimension, counts }, d) => {
          const { name, blocks, low, high } = dimension;
          const most = Math.max(1, ...counts);
          const at = best?.[d];
          const width = WIDTH / counts.length;
          return (
            <li key={name}>
              <span class="name" title={name}>
                {shortName(name, blocks)}
              </span>
              <span class="bound">{weightText(low)}</span>
              <svg
                viewBox={`-6 0 ${WIDTH + 12} ${HEIGHT + 7}`}
                preserveAspectRatio="none"
                role="img"
                aria-label={`${name}: ${counts.filter((count) => count > 0).length} of ${counts.length} parts of the range were visited${at === undefined ? '' : `, the best is ${weightText(at)}`}`}
              >
                <rect class="ground" width={WIDTH} height={HEIGHT} />
                {counts.map((count, part) => {
                  const height = count === 0 ? 0 : 2 + ((HEIGHT - 2) * count) / most;
                  return (
                    <rect
                      key={part}
                      class="value"
                      x={width * part + 0.5}
                      y={HEIGHT - height}
                      width={width - 1}
                      height={height}
                    />
                  );
                })}
                {at !== undefined && (
                  <path class="best" d={triangle(placeOf(at, dimension, counts.length))} />
                )}
              </svg>
              <span class="bound">{weightText(high)}</span>
            </li>
          );
        })}
      </ul>
      {strips.length > FEW && (
        <button type="button" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {isWhole ? `Show the first ${FEW} only` : `Show all ${strips.length}`}
        </button>
      )}
      <FigureTable
        title="Explored ranges"
        head={['weight', 'from', 'to', 'best', ...Array.from({ length: FIFTHS }, (_, i) => `fifth ${i + 1}`)]}
        rows={() =>
          dimensions.map((dimension, d) => {
            const at = best?.[d];
            return [
              dimension.name,
              weightText(dimension.low),
              weightText(dimension.high),
              at === undefined ? '–' : weightText(at),
              ...countsOf(measured, d, dimension, FIFTHS),
            ];
          })
        }
      />
    </>
  );
}

/** In the middle of its part where every step has one. */
function placeOf(weight: number, { low, high, intervals }: PageDimension, parts: number): number {
  const share = (weight - low) / (high - low);
  return parts === intervals + 1 ? (WIDTH * (share * intervals + 0.5)) / parts : WIDTH * share;
}

function triangle(x: number): string {
  return `M${x} ${HEIGHT - 3}l6 9h-12z`;
}
