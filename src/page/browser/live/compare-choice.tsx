/** Which iteration is compared with the best. */
import type { PageSummary, PageTrial } from '../../state.ts';
import { baselineText } from '../words.ts';

interface ChoiceProps {
  readonly summary: PageSummary;
  readonly trials: readonly PageTrial[];
  /** Undefined = the current one. */
  readonly chosen: number | undefined;
  readonly onChoose: (trial: number | undefined) => void;
}

export function CompareChoice({ summary: { current, best }, trials, chosen, onChoose }: ChoiceProps) {
  const named = [
    ...(best === null ? [] : [{ trial: best.trial, text: `the best, #${best.trial}` }]),
    ...trials.flatMap(({ id, baseline }) =>
      baseline === undefined || id === best?.trial ? [] : [{ trial: id, text: baselineText(baseline) }],
    ),
  ];
  const isOther = chosen !== undefined && named.every(({ trial }) => trial !== chosen);
  return (
    <div class="choices">
      <label>
        Compare{' '}
        <select
          value={chosen === undefined ? '' : String(chosen)}
          onChange={({ currentTarget: { value } }) => onChoose(value === '' ? undefined : Number(value))}
        >
          <option value="">
            the {current?.isOpen === true ? 'current' : 'latest'} iteration, #{current?.trial}
          </option>
          {named.map(({ trial, text }) => (
            <option key={trial} value={String(trial)}>
              {text}
            </option>
          ))}
          {isOther && <option value={String(chosen)}>iteration #{chosen}</option>}
        </select>
      </label>{' '}
      <label>
        or iteration{' '}
        <input
          type="number"
          min={1}
          inputMode="numeric"
          value={chosen ?? ''}
          onChange={({ currentTarget: { value } }) => {
            const id = Number(value);
            onChoose(trials.some((trial) => trial.id === id) ? id : undefined);
          }}
        />
      </label>{' '}
      with the best
    </div>
  );
}
