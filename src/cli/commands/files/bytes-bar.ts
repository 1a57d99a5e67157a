/** Progress of a merge on a terminal: share, amount, bytes per second, time left. Nothing where there is no line to draw on. */
import { drawBar } from '../../../shared/terminal/draw-bar.ts';
import type { TerminalLine } from '../../../shared/terminal/terminal-line.ts';
import { byteSize } from '../../../shared/byte-size.ts';
import { duration } from '../../../shared/duration.ts';

export interface BytesBar {
  draw(bytes: number, total: number): void;
  end(): void;
}

const CELLS = 24;

export function createBytesBar(line: TerminalLine | undefined): BytesBar {
  const began = performance.now();
  return {
    draw(bytes, total) {
      const perSecond = (1000 * bytes) / Math.max(1, performance.now() - began);
      const share = bytes / Math.max(1, total);
      const amount =
        bytes >= total
          ? 'waiting for the disk'
          : `${byteSize(bytes)} of ${byteSize(total)}  ${byteSize(perSecond)}/s  ${duration(Math.ceil((total - bytes) / Math.max(1, perSecond)))} left`;
      line?.show(() => `${drawBar(share, CELLS)} ${Math.floor(100 * share)}%  ${amount}`);
    },
    end: () => line?.end(),
  };
}
