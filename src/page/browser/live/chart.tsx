/** Scores, and the best so far, over iterations or over pictures; baselines as lines. */
import { useMemo, useState } from 'preact/hooks';
import type { PageBest, PageSummary, PageTrial } from '../../state.ts';
import { scoreText } from '../../../shared/score-text.ts';
import { baselineText } from '../words.ts';
import { axisOf, pointsOf, type Axis, type Point } from './points.ts';

/** On a phone the letters would be too small to read. */
const WIDTH = innerWidth < 600 ? 380 : 720;
const HEIGHT = innerWidth < 600 ? 260 : 300;
const LEFT = 56;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 34;
/** From the name of one baseline to the next: their scores are often the same. */
const LABEL = 76;

interface ChartProps {
  readonly trials: readonly PageTrial[];
  readonly lines: PageSummary['lines'];
  readonly best: PageBest | null;
}

export function Chart({ trials, lines, best }: ChartProps) {
  const [over, setOver] = useState<'iterations' | 'pictures'>('iterations');
  const points = useMemo(() => pointsOf(trials, over), [trials, over]);
  if (points.length === 0) return <p class="quiet">No score yet.</p>;
  const y = axisOf([...points.map(({ score }) => score), ...lines.map(({ score }) => score)]);
  const x = axisOf([0, ...points.map(({ at }) => at)]);
  const toX = (at: number): number => LEFT + ((at - x.low) / (x.high - x.low)) * (WIDTH - LEFT - RIGHT);
  const toY = (score: number): number =>
    HEIGHT - BOTTOM - ((score - y.low) / (y.high - y.low)) * (HEIGHT - TOP - BOTTOM);
  return (
    <figure class="chart">
      <div class="choices">
        <label>
          Over{' '}
          <select
            value={over}
            onChange={({ currentTarget }) =>
              setOver(currentTarget.value === 'pictures' ? 'pictures' : 'iterations')
            }
          >
            <option value="iterations">iterations</option>
            <option value="pictures">pictures</option>
          </select>
        </label>
      </div>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={textOf(points, lines, best)}>
        <Grid x={x} y={y} toX={toX} toY={toY} />
        {lines.map(({ name, score }, i) => (
          <g key={name} class="baseline">
            <line x1={LEFT} x2={WIDTH - RIGHT} y1={toY(score)} y2={toY(score)} />
            <text x={WIDTH - RIGHT - i * LABEL} y={toY(score) - 4} text-anchor="end">
              {baselineText(name)}
            </text>
          </g>
        ))}
        <path
          class="points"
          d={points.map(({ at, score }) => `M${round(toX(at))} ${round(toY(score))}h0`).join('')}
        />
        <path class="best-line" d={bestLine(points, toX, toY)} />
      </svg>
      <figcaption>
        Dots: scores. Line: the best so far. {lines.length > 0 && 'Dashed: models A, B and half of each.'}
      </figcaption>
    </figure>
  );
}

interface GridProps {
  readonly x: Axis;
  readonly y: Axis;
  readonly toX: (at: number) => number;
  readonly toY: (score: number) => number;
}

function Grid({ x, y, toX, toY }: GridProps) {
  return (
    <g class="grid">
      {y.ticks.map((tick) => (
        <g key={tick}>
          <line x1={LEFT} x2={WIDTH - RIGHT} y1={toY(tick)} y2={toY(tick)} />
          <text x={LEFT - 6} y={toY(tick) + 4} text-anchor="end">
            {tickText(tick)}
          </text>
        </g>
      ))}
      {x.ticks.map((tick) => (
        <text key={tick} x={toX(tick)} y={HEIGHT - BOTTOM + 20} text-anchor="middle">
          {tick}
        </text>
      ))}
    </g>
  );
}

function bestLine(
  points: readonly Point[],
  toX: (at: number) => number,
  toY: (score: number) => number,
): string {
  const parts: string[] = [];
  let last: number | undefined;
  for (const { at, best } of points) {
    if (best === undefined) continue;
    if (last === undefined) parts.push(`M${round(toX(at))} ${round(toY(best))}`);
    else if (best !== last) parts.push(`H${round(toX(at))}V${round(toY(best))}`);
    last = best;
  }
  const end = points.at(-1);
  if (end !== undefined && last !== undefined) parts.push(`H${round(toX(end.at))}`);
  return parts.join('');
}

function textOf(points: readonly Point[], lines: PageSummary['lines'], best: PageBest | null): string {
  const baselines = lines.map(({ name, score }) => `${baselineText(name)} ${scoreText(score)}`);
  const top = best === null ? [] : [`the best is ${scoreText(best.score)}, iteration ${best.trial}`];
  return [`Scores of ${points.length} iterations`, ...top, ...baselines].join('; ');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** As short as it is round. */
function tickText(tick: number): string {
  const size = Math.abs(tick);
  return size !== 0 && (size >= 1e6 || size < 1e-4)
    ? tick.toExponential(1)
    : String(Number(tick.toPrecision(6)));
}
