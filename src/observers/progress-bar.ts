/** Progress on a terminal: one line that is drawn again. */
import { SingleBar } from 'cli-progress';
import type { Notice, RunObserver } from './observer.ts';
import { printable } from '../shared/printable.ts';
import { doneOf, progressParts, type ProgressState } from './progress-text.ts';

/** @param stream a terminal, usually stderr: stdout is for results */
export function createProgressBar(stream: NodeJS.WriteStream): RunObserver {
  let bar: SingleBar | undefined;
  let state: ProgressState | undefined;
  const draw = (change: Partial<ProgressState>): void => {
    if (state === undefined) return;
    state = { ...state, ...change };
    bar?.update(doneOf(state.progress), {
      text: fit(progressParts(state), (stream.columns ?? 80) - 32),
    });
  };
  const say = ({ level, message }: Notice): void => {
    // The bar's line is wiped, the message takes its place, and the next drawing comes below it.
    stream.write(`\r\u001B[K${level === 'warn' ? '! ' : ''}${printable(message)}\n`);
    draw({});
  };
  return {
    name: 'progress bar',
    onBegin(facts) {
      state = { facts, progress: facts.progress, image: undefined };
      bar = new SingleBar({
        format: '{bar} {value}/{total}  {text}',
        barsize: 18,
        barCompleteChar: '█',
        barIncompleteChar: '░',
        hideCursor: true,
        clearOnComplete: false,
        stopOnComplete: false,
        noTTYOutput: false,
        gracefulExit: false,
        fps: 5,
        stream,
      });
      bar.start(facts.iterations, doneOf(facts.progress), { text: 'starting' });
    },
    onProgress: (image) => draw({ image }),
    onTrial: (_trial, progress) => draw({ progress, image: undefined }),
    onPause: (pause) => draw({ pause }),
    onNotice: say,
    onEnd() {
      draw({ image: undefined });
      bar?.stop();
    },
  };
}

function fit(parts: readonly string[], columns: number): string {
  let text = '';
  for (const part of parts) {
    const longer = text === '' ? part : `${text}  ${part}`;
    if (longer.length > columns) break;
    text = longer;
  }
  return text;
}
