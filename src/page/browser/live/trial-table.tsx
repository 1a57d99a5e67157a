import { useMemo, useState } from 'preact/hooks';
import type { PageTrial } from '../../state.ts';
import { scoreText } from '../../../shared/score-text.ts';
import { duration } from '../../../shared/duration.ts';
import { baselineText, timeText } from '../words.ts';

interface TableProps {
  readonly trials: readonly PageTrial[];
  readonly best: number | undefined;
  readonly onChoose: (trial: number) => void;
}

const ORDERS = { newest: 'newest first', oldest: 'oldest first', score: 'best score first' } as const;
type Order = keyof typeof ORDERS;
const STEP = 50;

/** All iterations: so many rows at first, more when asked. */
export function TrialTable({ trials, best, onChoose }: TableProps) {
  const [order, setOrder] = useState<Order>('newest');
  const [shown, setShown] = useState(STEP);
  const sorted = useMemo(() => inOrder(trials, order), [trials, order]);
  if (trials.length === 0) return <p class="quiet">None yet.</p>;
  return (
    <>
      <div class="choices">
        <label>
          Order{' '}
          <select
            value={order}
            onChange={({ currentTarget: { value } }) => {
              const chosen = Object.keys(ORDERS).find((name): name is Order => name === value);
              if (chosen !== undefined) setOrder(chosen);
            }}
          >
            {Object.entries(ORDERS).map(([name, text]) => (
              <option key={name} value={name}>
                {text}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div class="wide" tabIndex={0} role="region" aria-label="Table of iterations">
        <table>
          <thead>
            <tr>
              <th scope="col">#</th>
              <th scope="col" class="n">
                score
              </th>
              <th scope="col">what</th>
              <th scope="col" class="n">
                images
              </th>
              <th scope="col" class="n">
                took
              </th>
              <th scope="col">at</th>
            </tr>
          </thead>
          <tbody>
            {sorted.slice(0, shown).map((trial) => (
              <TrialRow key={trial.id} trial={trial} isBest={trial.id === best} onChoose={onChoose} />
            ))}
          </tbody>
        </table>
      </div>
      {sorted.length > shown && (
        <button type="button" onClick={() => setShown(shown + 4 * STEP)}>
          Show more ({sorted.length - shown} left)
        </button>
      )}
    </>
  );
}

function TrialRow({
  trial: { id, state, score, baseline, note, by, images, at, seconds },
  isBest,
  onChoose,
}: {
  readonly trial: PageTrial;
  readonly isBest: boolean;
  readonly onChoose: (trial: number) => void;
}) {
  const what = [
    ...(isBest ? ['best'] : []),
    ...(baseline === undefined ? [] : [baselineText(baseline)]),
    ...(state === 'scored' ? [] : [state]),
    ...(by === undefined ? [] : [`given by ${by}`]),
    ...(note === undefined ? [] : [note]),
  ];
  return (
    <tr class={`${state}${isBest ? ' best' : ''}`}>
      <th scope="row">
        <button
          type="button"
          class="link"
          aria-label={`${images > 0 ? 'Images and weights' : 'Weights'} of iteration ${id}`}
          onClick={() => onChoose(id)}
        >
          {id}
        </button>
      </th>
      <td class="n">{score === null ? '–' : scoreText(score)}</td>
      <td>{what.join(', ')}</td>
      <td class="n">{images}</td>
      <td class="n">{seconds === undefined ? '' : duration(seconds)}</td>
      <td>{timeText(at)}</td>
    </tr>
  );
}

function inOrder(trials: readonly PageTrial[], order: Order): readonly PageTrial[] {
  if (order === 'oldest') return trials;
  if (order === 'newest') return trials.toReversed();
  const worth = ({ score, state }: PageTrial): number =>
    score === null || state !== 'scored' ? Number.NEGATIVE_INFINITY : score;
  return trials.toSorted((one, other) => {
    const [a, b] = [worth(one), worth(other)];
    if (a === b) return 0;
    return a > b ? -1 : 1;
  });
}
