/** Parallel coordinates: every line is one of the best iterations, every axis a weight; ranges on axes filter the lines. */
import { useMemo, useState } from 'preact/hooks';
import { scoreText } from '../../../shared/score-text.ts';
import type { PageBeliefs, PagePoint } from '../../beliefs/state.ts';
import { isWithin, weightText, type Range } from './figures.ts';
import { FigureTable } from './figure-table.tsx';
import { ParallelPlot } from './parallel-plot.tsx';
import { RangeFields } from './range-fields.tsx';

export function Parallel({ beliefs: { dimensions, top } }: { readonly beliefs: PageBeliefs }) {
  const [ranges, setRanges] = useState<ReadonlyMap<number, Range>>(new Map());
  const [chosen, setChosen] = useState<number>();
  const [axis, setAxis] = useState(0);
  const within = useMemo(() => top.filter((point) => isWithin(point, ranges)), [top, ranges]);
  const setRange = (d: number, range: Range | undefined): void => {
    const next = new Map(ranges);
    if (range === undefined) next.delete(d);
    else next.set(d, range);
    setRanges(next);
    setAxis(d);
  };
  const shown = top.find(({ trial }) => trial === chosen);
  const worst = top.at(-1);
  return (
    <>
      <p>
        {top.length === 1
          ? 'The line is the only iteration with a score; each axis is a weight.'
          : `Each line is one of the ${top.length} iterations with the best scores, each axis a weight: where the lines run together, the good merges agree.`}
      </p>
      <p class="quiet">
        The stronger a line, the better its score; the thick one is the best. Draw along an axis, or give a
        range below, to see only the lines that go through it.
      </p>
      <ParallelPlot
        dimensions={dimensions}
        points={top}
        within={new Set(within.map(({ trial }) => trial))}
        ranges={ranges}
        chosen={chosen}
        onChoose={setChosen}
        onRange={setRange}
      />
      <p role="status" class="quiet">
        {ranges.size > 0 && `Lines shown: ${within.length} of ${top.length}. `}
        {shown === undefined
          ? `Scores from ${scoreText(worst?.score ?? 0)} to ${scoreText(top[0]?.score ?? 0)}. Dashed: models A (0) and B (1).`
          : `#${shown.trial}: ${scoreText(shown.score)}`}
      </p>
      <RangeFields
        dimensions={dimensions}
        ranges={ranges}
        axis={axis}
        onAxis={setAxis}
        onRange={setRange}
        onClear={() => setRanges(new Map())}
      />
      <FigureTable
        title="The best iterations"
        head={['iteration', 'score', ...dimensions.map(({ name }) => name)]}
        rows={() => within.map((point) => rowOf(point, chosen, setChosen))}
      />
    </>
  );
}

function rowOf(
  { trial, score, weights }: PagePoint,
  chosen: number | undefined,
  onChoose: (trial: number) => void,
) {
  return [
    <button
      type="button"
      class="link"
      aria-pressed={trial === chosen}
      aria-label={`Show iteration ${trial} in the drawing`}
      onClick={() => onChoose(trial)}
    >
      #{trial}
    </button>,
    scoreText(score),
    ...weights.map(weightText),
  ];
}
