/** Progress where there is no terminal (a service, a file, a pipe): one appended line for every iteration. */
import { printable } from '../shared/printable.ts';
import type { FinishedTrial } from '../types.ts';
import type { RunFacts, RunObserver } from './observer.ts';
import { duration } from './pace.ts';
import { scoreText } from '../shared/score-text.ts';
import { progressParts } from './progress-text.ts';

export function createProgressLines(write: (line: string) => void): RunObserver {
  let facts: RunFacts | undefined;
  return {
    name: 'progress lines',
    onBegin(begun) {
      facts = begun;
    },
    onTrial(trial, progress) {
      if (facts === undefined) return;
      const parts = progressParts({ facts, progress, image: undefined }).filter(
        (part) => !part.startsWith('last'),
      );
      write(
        `${progress.trials.length}/${facts.iterations}  ${printable(outcomeOf(trial))}  ${parts.join('  ')}\n`,
      );
    },
    onNotice({ level, message }) {
      write(`${level === 'warn' ? '! ' : ''}${printable(message)}\n`);
    },
  };
}

function outcomeOf(trial: FinishedTrial): string {
  if (trial.state === 'failed') return `failed: ${trial.failure.message}`;
  const score = scoreText(trial.score);
  switch (trial.source.kind) {
    case 'repeat':
      return `${score}  as iteration ${trial.source.of}, no image made`;
    case 'earlier-pass':
      return `${score}  as in an earlier pass, no image made`;
    default:
      return 'time' in trial ? `${score}  in ${duration(trial.time.iteration)}` : score;
  }
}
