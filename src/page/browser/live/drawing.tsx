/** The drawing of the chart: no element a point, so that thousands of them stay smooth. */
import type { PageSummary } from '../../state.ts';
import type { Ends } from './ends.ts';
import type { Geometry } from './geometry.ts';
import type { Over, Point } from './points.ts';

/** Pixels beyond the end of the axis. */
const EDGE = 10;

interface DrawingProps {
  readonly geometry: Geometry;
  readonly points: readonly Point[];
  readonly told: Pick<PageSummary, 'lines' | 'gaps'>;
  readonly ends: Ends;
  readonly over: Over;
}

export function Drawing({ geometry, points, told, ends, over }: DrawingProps) {
  const { width, height, left, right, top, bottom, toX, toY, labels } = geometry;
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      <Grid geometry={geometry} />
      {over === 'hours' &&
        told.gaps.map(({ hours }) => (
          <path key={hours} class="gap" d={`M${round(toX(hours))} ${bottom}l-4 8h8z`} />
        ))}
      {told.lines.map(({ name, score }) => (
        <g key={name} class="baseline">
          <line x1={left} x2={right} y1={toY(score)} y2={toY(score)} />
        </g>
      ))}
      {ends.marks.map(({ at, label, needed }) => (
        <g key={label} class="end">
          <line x1={toX(at)} x2={toX(at)} y1={top} y2={bottom} />
          {needed !== null && <line x1={toX(ends.now)} x2={toX(at)} y1={toY(needed)} y2={toY(needed)} />}
        </g>
      ))}
      <path
        class="points"
        d={points.map(({ at, score }) => `M${round(toX(at))} ${round(toY(score))}h0`).join('')}
      />
      <path class="best-line" d={bestLine(points, geometry)} />
      {labels.map(({ text, x, y }) => (
        <text key={text} class="label" x={round(x)} y={round(y)}>
          {text}
        </text>
      ))}
    </svg>
  );
}

function Grid({ geometry: { x, y, toX, toY, left, right, bottom } }: { readonly geometry: Geometry }) {
  return (
    <g class="grid">
      {y.ticks.map((tick) => (
        <g key={tick}>
          <line x1={left} x2={right} y1={toY(tick)} y2={toY(tick)} />
          <text x={left - 6} y={toY(tick) + 4} text-anchor="end">
            {tickText(tick)}
          </text>
        </g>
      ))}
      {x.ticks.map((tick) => (
        <text
          key={tick}
          x={tick === x.ticks.at(-1) ? right + EDGE : toX(tick)}
          y={bottom + 20}
          text-anchor={tick === x.ticks.at(-1) ? 'end' : 'middle'}
        >
          {tick}
        </text>
      ))}
    </g>
  );
}

function bestLine(points: readonly Point[], { toX, toY }: Geometry): string {
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
