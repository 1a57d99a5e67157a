/** The drawing of parallel coordinates. */
import { useRef, useState } from 'preact/hooks';
import type { PageDimension, PagePoint } from '../../beliefs/state.ts';
import { shortName, type Range } from './figures.ts';
import { useWidth } from './use-width.ts';
import { counted } from '../../../shared/counted.ts';

interface ParallelPlotProps {
  readonly dimensions: readonly PageDimension[];
  /** The best first. */
  readonly points: readonly PagePoint[];
  /** Trials of the lines that are not faded. */
  readonly within: ReadonlySet<number>;
  /** By place of the dimension. */
  readonly ranges: ReadonlyMap<number, Range>;
  readonly chosen: number | undefined;
  readonly onChoose: (trial: number | undefined) => void;
  readonly onRange: (d: number, range: Range | undefined) => void;
}

const TOP = 12;
const LOW = 250;
/** Names stand below the axes, aslant: pixels downwards and to the left for each letter. */
const LETTER = { down: 5.8, left: 3.4 };
/** Room for numbers, where names do not need more. */
const LEFT = 46;
const RIGHT = 18;
/** Pixels from one axis to the next, at least: more than a finger's drawing needs, and names do not touch. */
const CLOSEST = 26;
const WIDEST = 120;
/** Pixels around an axis in which it is drawn along. */
const GRIP = 20;
/** A shorter stroke is a click. */
const CLICK = 4;

export function ParallelPlot({
  dimensions,
  points,
  within,
  ranges,
  chosen,
  onChoose,
  onRange,
}: ParallelPlotProps) {
  const [element, room] = useWidth();
  const names = dimensions.map(({ name, blocks }) => shortAxis(shortName(name, blocks)));
  const longest = Math.max(...names.map(({ length }) => length));
  const height = LOW + 26 + LETTER.down * longest;
  const left = Math.max(LEFT, LETTER.left * longest);
  const spaces = Math.max(1, dimensions.length - 1);
  const step = Math.min(WIDEST, Math.max(CLOSEST, (room - left - RIGHT) / spaces));
  const width = left + RIGHT + step * spaces;
  const low = Math.min(...dimensions.map((one) => one.low));
  const high = Math.max(...dimensions.map((one) => one.high));
  const toX = (d: number): number => Math.round((left + d * step) * 10) / 10;
  const toY = (weight: number): number =>
    Math.round((LOW - ((weight - low) / (high - low)) * (LOW - TOP)) * 10) / 10;
  const way = ({ weights }: PagePoint): string =>
    `M${weights.map((weight, d) => `${toX(d)} ${toY(weight)}`).join('L')}`;
  const best = points[0];
  const lowest = points.at(-1)?.score ?? 0;
  const strength = ({ score }: PagePoint): number =>
    best === undefined || best.score <= lowest ? 1 : (score - lowest) / (best.score - lowest);
  return (
    <div
      ref={element}
      class="wide"
      tabIndex={0}
      role="region"
      aria-label="Weights of the best iterations, drawing"
    >
      {room > 0 && (
        <svg
          class="parallel"
          width={width}
          height={height}
          role="img"
          aria-label={`Parallel coordinates of ${counted(points.length, 'iteration')} over ${counted(dimensions.length, 'weight')}; the table below has the same data`}
          onPointerLeave={() => onChoose(undefined)}
        >
          {[low, 0.5 * (low + high), high].map((tick) => (
            <text key={tick} x={left - 22} y={toY(tick) + 4} text-anchor="end">
              {Number(tick.toFixed(2))}
            </text>
          ))}
          {dimensions.map(({ name, ...bounds }, d) => (
            <g key={name}>
              <line class="axis" x1={toX(d)} x2={toX(d)} y1={toY(bounds.low)} y2={toY(bounds.high)} />
              <text
                class="name"
                x={toX(d)}
                y={LOW + 14}
                text-anchor="end"
                transform={`rotate(-60 ${toX(d)} ${LOW + 14})`}
              >
                {names[d]}
                <title>{name}</title>
              </text>
            </g>
          ))}
          {[0, 1].map((weight) =>
            weight < low || weight > high ? null : (
              <g key={weight} class="model">
                <line x1={left} x2={width - RIGHT} y1={toY(weight)} y2={toY(weight)} />
                <text x={left - 6} y={toY(weight) + 4} text-anchor="end">
                  {weight === 0 ? 'A' : 'B'}
                </text>
              </g>
            ),
          )}
          {points.toReversed().map((point) => (
            <path
              key={point.trial}
              class={`line${within.has(point.trial) ? '' : ' faded'}${point === best ? ' best' : ''}${point.trial === chosen ? ' chosen' : ''}`}
              style={{ '--strength': `${Math.round(20 + 80 * strength(point))}%` }}
              d={way(point)}
            />
          ))}
          {points.toReversed().map((point) => (
            <path
              key={point.trial}
              class="hover"
              d={way(point)}
              onPointerEnter={() => onChoose(point.trial)}
            />
          ))}
          <Brushes
            dimensions={dimensions}
            ranges={ranges}
            onRange={onRange}
            low={low}
            high={high}
            toX={toX}
            toY={toY}
          />
        </svg>
      )}
    </div>
  );
}

/** Their beginnings are often the same. */
function shortAxis(name: string): string {
  return name.length <= 16 ? name : `…${name.slice(-15)}`;
}

interface BrushesProps extends Pick<ParallelPlotProps, 'dimensions' | 'ranges' | 'onRange'> {
  readonly low: number;
  readonly high: number;
  readonly toX: (d: number) => number;
  readonly toY: (weight: number) => number;
}

/** Drawing along an axis sets its range, a click takes it away. */
function Brushes({ dimensions, ranges, onRange, low, high, toX, toY }: BrushesProps) {
  const began = useRef<{ readonly y: number; readonly weight: number } | undefined>(undefined);
  const [drawn, setDrawn] = useState<{ readonly d: number; readonly range: Range }>();
  const grip = Math.min(GRIP, (toX(1) - toX(0)) / 2);
  const weightAt = (element: SVGElement, clientY: number): number => {
    const y = clientY - element.getBoundingClientRect().top + TOP;
    return low + ((LOW - Math.min(LOW, Math.max(TOP, y))) / (LOW - TOP)) * (high - low);
  };
  const stop = (): void => {
    began.current = undefined;
    setDrawn(undefined);
  };
  return (
    <g>
      {dimensions.map(({ name }, d) => {
        const range = drawn?.d === d ? drawn.range : ranges.get(d);
        const top = toY(Math.min(high, range?.to ?? high));
        return (
          <g key={name}>
            {range !== undefined && (
              <rect
                class="brush"
                x={toX(d) - 6}
                width={12}
                y={top}
                height={Math.max(2, toY(Math.max(low, range.from)) - top)}
              />
            )}
            <rect
              class="grip"
              x={toX(d) - grip / 2}
              width={grip}
              y={TOP}
              height={LOW - TOP}
              onPointerDown={({ currentTarget, pointerId, clientY }) => {
                currentTarget.setPointerCapture(pointerId);
                began.current = { y: clientY, weight: weightAt(currentTarget, clientY) };
              }}
              onPointerMove={({ currentTarget, clientY }) => {
                if (began.current === undefined) return;
                const [one, other] = [began.current.weight, weightAt(currentTarget, clientY)];
                setDrawn({ d, range: { from: Math.min(one, other), to: Math.max(one, other) } });
              }}
              onPointerUp={({ clientY }) => {
                if (began.current === undefined) return;
                const isClick = Math.abs(clientY - began.current.y) < CLICK;
                onRange(d, isClick ? undefined : drawn?.range);
                stop();
              }}
              onPointerCancel={stop}
            />
          </g>
        );
      })}
    </g>
  );
}
