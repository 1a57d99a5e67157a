/** Progress on a terminal: one line that is drawn again. */
import type { Notice, RunObserver } from './observer.ts';
import { printable } from '../shared/printable.ts';
import { drawBar } from '../shared/terminal/draw-bar.ts';
import type { TerminalLine } from '../shared/terminal/terminal-line.ts';
import { doneOf, progressParts, type ProgressState } from './progress-text.ts';

/** @param write messages for people, to the terminal of the line: usually standard error, as standard output is for results */
export function createProgressBar(line: TerminalLine, write: (text: string) => void): RunObserver {
  let state: ProgressState | undefined;
  const draw = (change: Partial<ProgressState>): void => {
    if (state === undefined) return;
    const now = { ...state, ...change };
    state = now;
    line.show(() => barText(now));
  };
  const say = ({ level, message }: Notice): void => {
    line.above(() => write(`${level === 'warn' ? '! ' : ''}${printable(message)}\n`));
  };
  return {
    name: 'progress bar',
    onBegin(facts) {
      state = { facts, progress: facts.progress, image: undefined };
      draw({});
    },
    onProgress: (image) => draw({ image }),
    onTrial: (_trial, progress) => draw({ progress, image: undefined }),
    onPause: (pause) => draw({ pause }),
    onNotice: say,
    onEnd() {
      state = undefined;
      line.end();
    },
  };
}

const CELLS = 18;

function barText(state: ProgressState): string {
  const { iterations } = state.facts;
  const done = doneOf(state.progress);
  return `${drawBar(done / Math.max(1, iterations), CELLS)} ${done}/${iterations}  ${progressParts(state).join('  ')}`;
}
