/** Progress where there is no terminal (a service, a file, a pipe): one appended line for every iteration. */
import { printable } from '../shared/printable.ts';
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
    onTrial(trial, standing) {
      if (facts === undefined) return;
      const outcome =
        trial.state === 'failed'
          ? `failed: ${trial.failure.message}`
          : trial.repeatOf === undefined
            ? `${scoreText(trial.score)}  in ${duration(trial.time.iteration)}`
            : `${scoreText(trial.score)}  as ${trial.repeatOf === 0 ? 'in an earlier pass' : `iteration ${trial.repeatOf}`}, no image made`;
      const parts = progressParts({ facts, standing, progress: undefined }).filter(
        (part) => !part.startsWith('last'),
      );
      write(`${standing.trials.length}/${facts.iterations}  ${printable(outcome)}  ${parts.join('  ')}\n`);
    },
    onNotice({ level, message }) {
      write(`${level === 'warn' ? '! ' : ''}${printable(message)}\n`);
    },
  };
}
