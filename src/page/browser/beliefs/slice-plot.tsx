/** One slice: the expected score along a weight, its band, iterations near, the best. */
import { useId } from 'preact/hooks';
import type { PagePoint, PageSlice } from '../../beliefs/state.ts';
import type { Axis } from '../live/points.ts';
import { weightText } from './figures.ts';

export interface SlicePlotProps {
  readonly slice: PageSlice;
  /** Of the best; null while there is none. */
  readonly best: { readonly weight: number; readonly score: number; readonly trial: number } | null;
  readonly y: Axis;
  readonly width: number;
  readonly height: number;
  /** With numbers at the axes. */
  readonly isLarge: boolean;
}

const BOTTOM = 18;
const MARGIN = 8;
/** Room for scores. */
const LEFT = 58;

export function bestOf(top: readonly PagePoint[], d: number): SlicePlotProps['best'] {
  const [first] = top;
  const weight = first?.weights[d];
  return first === undefined || weight === undefined
    ? null
    : { weight, score: first.score, trial: first.trial };
}

export function SlicePlot({ slice: { name, curve, near }, best, y, width, height, isLarge }: SlicePlotProps) {
  const clip = useId();
  const left = isLarge ? LEFT : MARGIN;
  const [low, high] = [curve[0]?.weight ?? 0, curve.at(-1)?.weight ?? 1];
  const toX = (weight: number): number =>
    round(left + ((weight - low) / (high - low)) * (width - left - MARGIN));
  const toY = (score: number): number =>
    round(height - BOTTOM - ((score - y.low) / (y.high - y.low)) * (height - BOTTOM - MARGIN));
  const line = curve.map(({ weight, score }) => `${toX(weight)} ${toY(score.value)}`).join('L');
  const over = curve.map(({ weight, score }) => `${toX(weight)} ${toY(score.high)}`);
  const under = curve.map(({ weight, score }) => `${toX(weight)} ${toY(score.low)}`).toReversed();
  return (
    <svg
      class={`slice${isLarge ? ' large' : ''}`}
      viewBox={`0 0 ${width} ${height}`}
      {...(isLarge
        ? { role: 'img', 'aria-label': `${name}: the table below has the same data` }
        : { 'aria-hidden': true })}
    >
      <clipPath id={clip}>
        <rect x={left} y={0} width={width - left - MARGIN} height={height - BOTTOM} />
      </clipPath>
      <g clip-path={`url(#${clip})`}>
        <path class="band" d={`M${[...over, ...under].join('L')}Z`} />
        {isLarge &&
          y.ticks.map((tick) => (
            <line key={tick} class="tick" x1={left} x2={width - MARGIN} y1={toY(tick)} y2={toY(tick)} />
          ))}
        <path class="curve" d={`M${line}`} />
      </g>
      <path class="bounds" d={`M${toX(low)} ${MARGIN / 2}V${height - BOTTOM}H${toX(high)}V${MARGIN / 2}`} />
      {near
        .filter(({ trial }) => trial !== best?.trial)
        .map(({ trial, weight, score }) => (
          <circle key={trial} class="near" cx={toX(weight)} cy={toY(score)} r={isLarge ? 4 : 2}>
            <title>{`#${trial}: ${weightText(weight)}`}</title>
          </circle>
        ))}
      {best !== null && <path class="best" d={diamond(toX(best.weight), toY(best.score), isLarge ? 7 : 5)} />}
      <text x={left} y={height - 5}>
        {weightText(low)}
      </text>
      <text x={width - MARGIN} y={height - 5} text-anchor="end">
        {weightText(high)}
      </text>
      {isLarge &&
        y.ticks.map((tick) => (
          <text key={tick} x={left - 6} y={toY(tick) + 4} text-anchor="end">
            {tick}
          </text>
        ))}
    </svg>
  );
}

function diamond(x: number, y: number, size: number): string {
  return `M${x} ${y - size}l${size} ${size}l${-size} ${size}l${-size} ${-size}z`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
