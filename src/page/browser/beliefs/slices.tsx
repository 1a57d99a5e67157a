/** Small drawings of what is expected along every weight; each can be opened. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { scoreText } from '../../../shared/score-text.ts';
import type { PageBeliefs, PageEstimate, PageSlice } from '../../beliefs/state.ts';
import { axisOf } from '../live/points.ts';
import { expectedAt, highestOf, ranked, scoresOf, shortName, weightText } from './figures.ts';
import { FigureTable } from './figure-table.tsx';
import { bestOf, SlicePlot } from './slice-plot.tsx';

const FEW = 12;
const SMALL = { width: 170, height: 110 };

export function Slices({ beliefs }: { readonly beliefs: PageBeliefs }) {
  const { dimensions, top } = beliefs;
  const slices = useMemo(() => ranked(beliefs), [beliefs]);
  const y = useMemo(() => axisOf(scoresOf(beliefs.slices)), [beliefs]);
  const [isWhole, setWhole] = useState(false);
  const [opened, setOpened] = useState<number>();
  const shown = isWhole ? slices : slices.slice(0, FEW);
  return (
    <>
      <p>
        The score that the model expects when one weight is moved and all others stay as in the best, the
        weights that it believes matter most first.
      </p>
      <p class="quiet">
        Shaded: where it is 95 % sure that the score lies, chance of images aside. Dots: iterations whose
        other weights are most like those of the best. Diamond: the best, as measured. The ends are the bounds
        of the search.
      </p>
      <ul class="slices">
        {shown.map(({ slice, d }, rank) => (
          <li key={slice.name}>
            <button type="button" onClick={() => setOpened(rank)}>
              <span class="name" title={slice.name}>
                {shortName(slice.name, dimensions[d]?.blocks ?? [])}
              </span>
              <span class="unseen">: {expectation(slice)} Enlarge.</span>
              <SlicePlot slice={slice} best={bestOf(top, d)} y={y} isLarge={false} {...SMALL} />
            </button>
          </li>
        ))}
      </ul>
      {slices.length > FEW && (
        <button type="button" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {isWhole ? `Show the first ${FEW} only` : `Show all ${slices.length}`}
        </button>
      )}
      <FigureTable
        title="Expected score"
        head={[
          'weight',
          'in the best',
          'expected there',
          'highest at',
          'expected there ',
          'at the lower bound',
          'at the upper bound',
        ]}
        rows={() =>
          slices.map(({ slice, d }) => {
            const best = bestOf(top, d);
            const high = highestOf(slice);
            const [first, last] = [slice.curve[0], slice.curve.at(-1)];
            const expected = best === null ? undefined : expectedAt(slice, best.weight);
            return [
              slice.name,
              best === null ? '–' : weightText(best.weight),
              expected === undefined ? '–' : scoreText(expected),
              high === undefined ? '–' : weightText(high.weight),
              high === undefined ? '–' : estimateText(high.score),
              first === undefined ? '–' : estimateText(first.score),
              last === undefined ? '–' : estimateText(last.score),
            ];
          })
        }
      />
      {opened !== undefined && (
        <Enlarged
          beliefs={beliefs}
          slices={slices}
          rank={opened}
          onChoose={setOpened}
          onClose={() => setOpened(undefined)}
        />
      )}
    </>
  );
}

interface EnlargedProps {
  readonly beliefs: PageBeliefs;
  readonly slices: ReturnType<typeof ranked>;
  readonly rank: number;
  readonly onChoose: (rank: number) => void;
  readonly onClose: () => void;
}

function Enlarged({ beliefs: { top }, slices, rank, onChoose, onClose }: EnlargedProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const shown = slices[rank];
  if (shown === undefined) return null;
  const { slice, d } = shown;
  const isNarrow = innerWidth < 600;
  return (
    <dialog ref={dialog} class="enlarged" aria-labelledby="enlarged" onClose={onClose}>
      <h2 id="enlarged">{slice.name}</h2>
      <p aria-live="polite">{capital(expectation(slice))}</p>
      <SlicePlot
        slice={slice}
        best={bestOf(top, d)}
        y={axisOf(scoresOf([slice]))}
        width={isNarrow ? 340 : 680}
        height={isNarrow ? 260 : 340}
        isLarge
      />
      <div class="controls">
        <button type="button" disabled={rank === 0} onClick={() => onChoose(rank - 1)}>
          Previous weight
        </button>
        <button type="button" disabled={rank === slices.length - 1} onClick={() => onChoose(rank + 1)}>
          Next weight
        </button>
        <button type="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
      <FigureTable
        key={slice.name}
        title={`Expected score by ${slice.name}`}
        head={['weight', 'expected score', '95 %']}
        rows={() =>
          slice.curve.map(({ weight, score }) => [
            weightText(weight),
            scoreText(score.value),
            `${scoreText(score.low)} to ${scoreText(score.high)}`,
          ])
        }
      />
    </dialog>
  );
}

function expectation(slice: PageSlice): string {
  const high = highestOf(slice);
  if (high === undefined) return 'no expectation yet.';
  return `the highest score is expected at ${weightText(high.weight)}, ${estimateText(high.score)}.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function estimateText({ value, low, high }: PageEstimate): string {
  return `${scoreText(value)} (${scoreText(low)} to ${scoreText(high)})`;
}
