import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunFacts, RunProgress } from '../../../src/observers/observer.ts';
import { createProgressBar } from '../../../src/observers/progress-bar.ts';
import { TerminalLine } from '../../../src/shared/terminal/terminal-line.ts';
import { scoredTrial } from '../../helpers/make-trial.ts';
import { Screen } from '../../helpers/screen.ts';

const first = scoredTrial({ id: 1, score: 0.25 });
const progress: RunProgress = {
  trials: [first],
  best: { trial: 1, score: 0.25, weights: first.weights },
  untilEarlyStop: 27,
  comparable: new Map(),
};
const facts: RunFacts = {
  output: 'O',
  modelA: 'A',
  modelB: 'B',
  optimizer: 'random',
  iterations: 4,
  imagesPerTrial: 1,
  journal: 'j',
  progress: { trials: [], best: undefined, untilEarlyStop: 27, comparable: new Map() },
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the progress bar', () => {
  it('stays below the notices, and leaves them alone when the run ends', () => {
    const screen = new Screen(60);
    const bar = createProgressBar(new TerminalLine(screen), (text) => screen.write(text));
    bar.onNotice?.({ level: 'info', message: 'before' });
    bar.onBegin?.(facts);
    expect(screen.rows()).toEqual(['before', '░░░░░░░░░░░░░░░░░░ 0/4']);
    bar.onNotice?.({
      level: 'warn',
      message: 'a long one that takes more than the width of this terminal to say',
    });
    bar.onTrial?.(first, progress);
    vi.advanceTimersByTime(1000);
    expect(screen.rows()).toEqual([
      'before',
      '! a long one that takes more than the width of this terminal',
      ' to say',
      '█████░░░░░░░░░░░░░ 1/4  best 0.2500 (#1)  last 0.2500  3 s…',
    ]);
    void bar.onEnd?.({ reason: { code: 'iterations', message: '' }, best: undefined, weights: undefined });
    expect(screen.rows()).toHaveLength(3);
    bar.onNotice?.({ level: 'info', message: 'after' });
    vi.advanceTimersByTime(1000);
    expect(screen.rows().at(-1)).toBe('after');
  });
});
