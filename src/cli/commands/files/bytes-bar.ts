/** Progress of a merge on a terminal: share, amount, bytes per second, time left. Nothing where standard error is no terminal. */
import { SingleBar } from 'cli-progress';
import type { CliProcess } from '../../cli-process.ts';
import { duration } from '../../../shared/duration.ts';

export interface BytesBar {
  draw(bytes: number, total: number): void;
  end(): void;
}

export function createBytesBar(stream: CliProcess['stderr']): BytesBar {
  if (stream.isTTY !== true) return { draw() {}, end() {} };
  const bar = new SingleBar({
    format: '{bar} {percentage}%  {amount}',
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    noTTYOutput: false,
    gracefulExit: false,
    fps: 10,
    stream,
  });
  const began = performance.now();
  let isDrawn = false;
  return {
    draw(bytes, total) {
      const perSecond = (1000 * bytes) / Math.max(1, performance.now() - began);
      const amount =
        bytes >= total
          ? 'waiting for the disk'
          : `${megabytes(bytes)} of ${megabytes(total)}  ${megabytes(perSecond)}/s  ${duration(Math.ceil((total - bytes) / Math.max(1, perSecond)))} left`;
      if (isDrawn) bar.update(bytes, { amount });
      else bar.start(total, bytes, { amount });
      isDrawn = true;
    },
    end() {
      if (isDrawn) bar.stop();
      isDrawn = false;
    },
  };
}

function megabytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${(bytes / 1e6).toFixed(0)} MB`;
}
