/** Goals against each other: every trial a dot, the front as full ones that can be chosen, and as a table. */
import { useRef } from 'preact/hooks';
import { scoreText } from '../../../shared/score-text.ts';
import type { PageGoals, PageTrial } from '../../state.ts';
import { baselineText } from '../words.ts';
import { axisOf, type Axis } from './points.ts';
import { useWidth } from './use-width.ts';

interface FrontProps {
  readonly goals: PageGoals;
  readonly trials: readonly PageTrial[];
  readonly chosen: number | undefined;
  readonly onChoose: (trial: number) => void;
}

type GoalTrial = PageTrial & { readonly goals: readonly number[] };

export function Front({ goals, trials, chosen, onChoose }: FrontProps) {
  const { names, front, knee } = goals;
  const measured = trials.filter((trial): trial is GoalTrial => trial.goals !== undefined);
  if (measured.length === 0) return <p class="quiet">No iteration has a value for every goal yet.</p>;
  const rows = front.flatMap((id) => measured.find((trial) => trial.id === id) ?? []);
  const pairs = names.flatMap((_, x) => names.flatMap((__, y) => (x < y ? [[x, y] as const] : [])));
  return (
    <figure class="front">
      <div class="pairs">
        {pairs.map((pair) => (
          <Pair
            key={pair.join()}
            names={names}
            pair={pair}
            measured={measured}
            front={rows}
            chosen={chosen}
            onChoose={onChoose}
          />
        ))}
      </div>
      <table>
        <thead>
          <tr>
            <th scope="col">Iteration</th>
            {names.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((trial) => (
            <tr key={trial.id} aria-current={trial.id === chosen}>
              <th scope="row">
                <button type="button" class="link" onClick={() => onChoose(trial.id)}>
                  {nameOf(trial)}
                </button>
                {trial.id === knee && ' (knee)'}
              </th>
              {trial.goals.map((value, k) => (
                <td key={names[k]}>{scoreText(value)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <figcaption>
        Filled dots: the front; nothing measured beats them in every goal. The knee is the most balanced one.
        To choose one: autombw pick.
      </figcaption>
    </figure>
  );
}

function nameOf({ id, baseline }: PageTrial): string {
  return baseline === undefined ? String(id) : baselineText(baseline);
}

interface PairProps {
  readonly names: readonly string[];
  /** Positions of the goals along and up the drawing. */
  readonly pair: readonly [number, number];
  readonly measured: readonly GoalTrial[];
  readonly front: readonly GoalTrial[];
  readonly chosen: number | undefined;
  readonly onChoose: (trial: number) => void;
}

const HEIGHT = 280;
const LEFT = 56;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 44;

function Pair({ names, pair: [along, up], measured, front, chosen, onChoose }: PairProps) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const x = axisOf(measured.map(({ goals }) => goals[along] ?? 0));
  const y = axisOf(measured.map(({ goals }) => goals[up] ?? 0));
  const [right, bottom] = [width - RIGHT, HEIGHT - BOTTOM];
  const toX = ({ goals }: GoalTrial): number => round(place(x, goals[along] ?? 0, LEFT, right));
  const toY = ({ goals }: GoalTrial): number => round(place(y, goals[up] ?? 0, bottom, TOP));
  const isOnFront = new Set(front.map(({ id }) => id));
  const others = measured.filter(({ id, baseline }) => !isOnFront.has(id) && baseline === undefined);
  const label = `${names[up] ?? ''} over ${names[along] ?? ''}`;
  return (
    <div ref={frame} class="plot">
      <svg width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={label}>
        <g class="grid">
          {y.ticks.map((tick) => (
            <g key={tick}>
              <line x1={LEFT} x2={right} y1={place(y, tick, bottom, TOP)} y2={place(y, tick, bottom, TOP)} />
              <text x={LEFT - 6} y={place(y, tick, bottom, TOP) + 4} text-anchor="end">
                {tick}
              </text>
            </g>
          ))}
          {x.ticks.map((tick) => (
            <text key={tick} x={place(x, tick, LEFT, right)} y={bottom + 18} text-anchor="middle">
              {tick}
            </text>
          ))}
          <text x={(LEFT + right) / 2} y={HEIGHT - 6} text-anchor="middle">
            {label}
          </text>
        </g>
        <path class="points" d={others.map((trial) => `M${toX(trial)} ${toY(trial)}h0`).join('')} />
        {front.map((trial) => (
          <circle
            key={trial.id}
            class={trial.id === chosen ? 'on-front chosen' : 'on-front'}
            cx={toX(trial)}
            cy={toY(trial)}
            r={5}
            onClick={() => onChoose(trial.id)}
          >
            <title>{`${nameOf(trial)}: ${trial.goals.map((value, k) => `${names[k] ?? ''} ${scoreText(value)}`).join(', ')}`}</title>
          </circle>
        ))}
        {measured.map((trial) =>
          trial.baseline === undefined ? null : (
            <text key={trial.id} class="label" x={toX(trial) + 7} y={toY(trial) + 4}>
              {trial.baseline === 'half' ? '½' : trial.baseline}
            </text>
          ),
        )}
        <path
          class="points baselines"
          d={measured
            .filter(({ baseline }) => baseline !== undefined)
            .map((trial) => `M${toX(trial)} ${toY(trial)}h0`)
            .join('')}
        />
      </svg>
    </div>
  );
}

function place({ low, high }: Axis, value: number, from: number, to: number): number {
  return from + ((value - low) / (high - low)) * (to - from);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
