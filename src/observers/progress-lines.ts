/** Progress where there is no terminal (a service, a file, a pipe): one appended line for every iteration. */
import { afterColon } from '../shared/after-colon.ts';
import { printable } from '../shared/printable.ts';
import { baselineWords } from '../space/baseline-words.ts';
import { isBaseline, type FinishedTrial } from '../types.ts';
import type { RunFacts, RunObserver, RunProgress } from './observer.ts';
import { duration } from '../shared/duration.ts';
import { scoreText } from '../shared/score-text.ts';
import { doneOf, imageCount, progressParts } from './progress-text.ts';

export function createProgressLines(write: (line: string) => void): RunObserver {
  let facts: RunFacts | undefined;
  /** Iterations that have had a line: what comes of them again is that they got more images. */
  const told = new Set<number>();
  return {
    name: 'progress lines',
    onBegin(begun) {
      facts = begun;
      for (const { id } of begun.progress.trials) told.add(id);
    },
    onTrial(trial, progress) {
      if (facts === undefined) return;
      const parts = progressParts({ facts, progress, image: undefined }).filter(
        (part) => !part.startsWith('last'),
      );
      const isMore = told.has(trial.id);
      const what = isMore ? `#${trial.id} more images: ` : baselineText(trial);
      told.add(trial.id);
      const outcome = printable(outcomeOf(trial, facts, { ...progress, isMore }));
      write(`${doneOf(progress)}/${facts.iterations}  ${what}${outcome}  ${parts.join('  ')}\n`);
    },
    onNotice({ level, message }) {
      write(`${level === 'warn' ? '! ' : ''}${printable(message)}\n`);
    },
  };
}

/** They come first and are counted with the rest. */
function baselineText(trial: FinishedTrial): string {
  return isBaseline(trial) ? `${baselineWords(trial.weights)[trial.baseline]}: ` : '';
}

function outcomeOf(
  trial: FinishedTrial,
  { imagesPerTrial: all }: RunFacts,
  { comparable, isMore }: Pick<RunProgress, 'comparable'> & { readonly isMore: boolean },
): string {
  if (trial.state === 'failed') return `failed: ${afterColon(trial.failure.message)}`;
  const own = scoreText(trial.score);
  const score = scoreText(comparable.get(trial.id) ?? trial.score);
  switch (trial.source.kind) {
    case 'repeat':
      return `${score}  as iteration ${trial.source.of}, no image made`;
    case 'earlier-pass':
      return `${score}  as in an earlier pass, no image made`;
    default:
      if (!('time' in trial)) return score;
      return `${score}${imagesNote(trial.images.length, all, { own: score === own ? undefined : own, isMore })}  in ${duration(trial.time.iteration)}`;
  }
}

/**
 * Of all images nothing is said: that is usual, unless there were fewer before.
 * @param shown `own`: the score of these images, where that shown is adjusted to all
 */
function imagesNote(
  images: number,
  all: number,
  { own, isMore }: { readonly own: string | undefined; readonly isMore: boolean },
): string {
  if (own !== undefined) return `  adjusted (${own} on its ${imageCount(images)})`;
  if (images !== all) return `  of ${imageCount(images)}`;
  return isMore ? `  of all ${imageCount(images)}` : '';
}
