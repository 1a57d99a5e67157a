/** The iteration in the chart that somebody points at. */
import type { PageTrial } from '../../state.ts';
import { scoreText } from '../../../shared/score-text.ts';
import { timeText } from '../words.ts';
import type { Point } from './points.ts';

interface ReadoutProps {
  readonly point: Point | undefined;
  readonly trial: PageTrial | undefined;
  readonly isChosen: boolean;
  readonly onChoose: (trial: number) => void;
}

export function Readout({ point, trial, isChosen, onChoose }: ReadoutProps) {
  if (point === undefined)
    return (
      <p class="readout quiet">
        Point at the chart, or use the arrow keys in it, for an iteration; a click or Enter shows its images
        and weights.
      </p>
    );
  return (
    <p class="readout">
      <b>#{point.trial}</b> {scoreText(point.score)}
      {trial?.by !== undefined && `, given by ${trial.by}`} <small>{timeText(trial?.at)}</small>
      {isChosen ? (
        <span class="quiet"> Its images and weights are below.</span>
      ) : (
        <button type="button" class="link" onClick={() => onChoose(point.trial)}>
          Show its images and weights
        </button>
      )}
    </p>
  );
}
