import { runError } from '../../shared/errors.ts';
import type { AutombwError } from '../../shared/errors.ts';
import type { Scorer, ScoreItem, ScoreResult } from '../scorer.ts';
import { quote } from './quote.ts';

/**
 * What came from outside as a score.
 * @throws run error `score-not-finite` for anything but a finite number, `score-out-of-range` outside the settings min and max
 */
export function judgedScore(
  { id, range }: Pick<Scorer, 'id' | 'range'>,
  value: unknown,
  item: ScoreItem,
): Extract<ScoreResult, { state: 'scored' }> {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    const shown = value === undefined ? 'nothing' : quote(JSON.stringify(value) ?? 'nothing', 60);
    throw runError(
      'score-not-finite',
      `Scorer "${id}" answered ${shown} as the score of ${imageName(item)}; it must be a finite number.`,
    );
  }
  const { min, max } = range;
  if ((min !== null && value < min) || (max !== null && value > max)) {
    throw runError(
      'score-out-of-range',
      `Scorer "${id}" gave ${value} for ${imageName(item)}, but its settings say ${min ?? '-∞'} to ${max ?? '∞'}; ` +
        'correct min and max, or leave them out.',
    );
  }
  return { state: 'scored', value };
}

/** The scorer works, and says that it could not score this image. */
export function refusedByScorer(id: string, item: ScoreItem, reason: string, cause?: unknown): AutombwError {
  return runError('scorer-failed', `Scorer "${id}" could not score ${imageName(item)}: ${reason}`, {
    cause,
  });
}

export function imageName(item: ScoreItem): string {
  return `the image of payload "${item.payload}" with seed ${item.seed}`;
}
