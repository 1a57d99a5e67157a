/** Scores, and the best so far, over iterations, images or hours; baselines as lines, and where the search ends. */
import { useMemo, useRef, useState } from 'preact/hooks';
import type { PageSummary, PageTrial } from '../../state.ts';
import { scoreText } from '../../../shared/score-text.ts';
import { baselineText } from '../words.ts';
import { Drawing } from './drawing.tsx';
import { endsOf } from './ends.ts';
import { geometryOf } from './geometry.ts';
import { nearestPoint, pointsOf, type Over } from './points.ts';
import { Readout } from './readout.tsx';
import { useStable } from './use-stable.ts';
import { useWidth } from './use-width.ts';

interface ChartProps {
  readonly summary: PageSummary;
  readonly trials: readonly PageTrial[];
  readonly chosen: number | undefined;
  readonly onChoose: (trial: number) => void;
}

const OVERS: readonly Over[] = ['iterations', 'images', 'hours'];
/** Keys that move along the points, and by how many. */
const STEPS: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowUp: 1,
  ArrowLeft: -1,
  ArrowDown: -1,
  PageUp: 10,
  PageDown: -10,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

export function Chart({ summary, trials, chosen, onChoose }: ChartProps) {
  const [over, setOver] = useState<Over>('iterations');
  const [pointed, setPointed] = useState<number>();
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const { lines, earlyStop, limits, state, gaps, pace } = summary;
  const told = useStable({ lines, earlyStop, limits, state, gaps, pace });
  const points = useMemo(() => pointsOf(trials, over), [trials, over]);
  const ends = useMemo(() => endsOf(told, trials, over), [told, trials, over]);
  const geometry = useMemo(() => geometryOf(width, points, told.lines, ends), [width, points, told, ends]);
  const drawing = useMemo(
    () => <Drawing geometry={geometry} points={points} told={told} ends={ends} over={over} />,
    [geometry],
  );
  if (points.length === 0) return <p class="quiet">No score yet.</p>;
  const at = points.findIndex(({ trial }) => trial === (pointed ?? chosen));
  const point = points[at];
  const move = (to: number): void => setPointed(points[Math.min(points.length - 1, Math.max(0, to))]?.trial);
  const meant = ({ clientX, clientY }: MouseEvent): number => {
    const { left = 0, top = 0 } = frame.current?.getBoundingClientRect() ?? {};
    return nearestPoint(points, clientX - left, clientY - top, geometry);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    if (step !== undefined) move((at === -1 ? points.length - 1 : at) + step);
    else if ((event.key === 'Enter' || event.key === ' ') && point !== undefined) onChoose(point.trial);
    else if (event.key === 'Escape') setPointed(undefined);
    else return;
    event.preventDefault();
  };
  return (
    <figure class="chart">
      <div class="choices">
        <label>
          Over{' '}
          <select
            value={over}
            onChange={({ currentTarget: { value } }) => setOver(OVERS.find((one) => one === value) ?? over)}
          >
            {OVERS.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
      </div>
      <p class="unseen" id="chart-text">
        {textOf(points.length, summary)}
      </p>
      <div
        ref={frame}
        class="plot"
        tabIndex={0}
        role="slider"
        aria-label="Iteration in the chart"
        aria-describedby="chart-text"
        aria-valuemin={1}
        aria-valuemax={points.length}
        aria-valuenow={at === -1 ? points.length : at + 1}
        aria-valuetext={
          point === undefined ? 'none' : `iteration ${point.trial}, score ${scoreText(point.score)}`
        }
        onKeyDown={onKeyDown}
        onPointerMove={(event) => move(meant(event))}
        onPointerLeave={({ pointerType }) => pointerType === 'mouse' && setPointed(undefined)}
        onClick={(event) => {
          const { trial } = points[meant(event)] ?? {};
          if (trial === undefined) return;
          setPointed(trial);
          onChoose(trial);
        }}
      >
        {drawing}
        {point !== undefined && (
          <i
            class="pointed"
            style={{ left: `${geometry.toX(point.at)}px`, top: `${geometry.toY(point.score)}px` }}
          />
        )}
      </div>
      <Readout
        point={point}
        trial={trials.find(({ id }) => id === point?.trial)}
        isChosen={point?.trial === chosen}
        onChoose={onChoose}
      />
      <figcaption>
        Dots: scores. Line: the best so far.{lines.length > 0 && ' Dashed: models A, B and half of each.'}
        {ends.sentences.map((sentence) => ` ${sentence}`)}
      </figcaption>
    </figure>
  );
}

function textOf(count: number, { lines, best }: PageSummary): string {
  const baselines = lines.map(({ name, score }) => `${baselineText(name)} ${scoreText(score)}`);
  const top = best === null ? [] : [`the best is ${scoreText(best.score)}, iteration ${best.trial}`];
  return `${[`Scores of ${count} ${count === 1 ? 'iteration' : 'iterations'}`, ...top, ...baselines].join('; ')}.`;
}
