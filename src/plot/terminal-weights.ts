/** The weights of the best iteration as small bars, one cell a block, in columns read from top to bottom. */
import type { BlockName } from '../types.ts';
import { formatNumber } from './scale.ts';
import { blocksShown } from './series.ts';
import type { BestTrial, RunSeries } from './series.ts';
import { accentCode, DIM, letterOf } from './terminal-style.ts';
import type { Style } from './terminal-style.ts';
import { shorten } from './words.ts';

/** A heading and seven or so lines; nothing where no block has a weight. */
export function drawWeights(
  all: readonly RunSeries[],
  { run, best }: { readonly run: number; readonly best: BestTrial },
  style: Style,
): readonly string[] {
  const blocks = blocksShown(all).filter((block) => best.trial.weights[block] !== undefined);
  if (blocks.length === 0) return [];
  const columns = style.width >= 72 ? 4 : style.width >= 54 ? 3 : 2;
  const rows = Math.ceil(blocks.length / columns);
  const cell = Math.floor((style.width + 2) / columns);
  const texts = blocks.map((block) => formatNumber(best.trial.weights[block] ?? 0, 2));
  const digits = 1 + Math.max(...texts.map((text) => text.length));
  const lines = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => {
      const block = blocks[column * rows + row];
      if (block === undefined) return '';
      const weight = best.trial.weights[block] ?? 0;
      const number = (texts[column * rows + row] ?? '').padStart(digits);
      return bar(block, weight, number, cell - 2, accentCode(run), style);
    })
      .join('  ')
      .trimEnd(),
  );
  const whose = all.length === 1 ? '' : `, run ${letterOf(run)}`;
  return [
    style.paint(shorten(`weights of the best iteration${whose} (0 = A, 1 = B)`, style.width), DIM),
    ...lines,
  ];
}

/** `IN00  ████▌··· 0.55`; weights outside 0 to 1 fill or empty the bar, the number tells them. */
function bar(
  block: BlockName,
  weight: number,
  number: string,
  width: number,
  code: string,
  { glyphs, paint }: Style,
): string {
  // TIME_EMBED and LABEL_EMB.
  const label = block.replace(/_EMB(?:ED)?$/, '').padEnd(5);
  const room = Math.max(4, width - label.length - number.length - 1);
  const eighths = Math.round(Math.min(1, Math.max(0, weight)) * room * 8);
  const filled =
    (glyphs.eighths[8] ?? '').repeat(Math.floor(eighths / 8)) + (glyphs.eighths[eighths % 8] ?? '');
  return `${label} ${paint(filled, code)}${paint(glyphs.rest.repeat(room - filled.length), DIM)}${number}`;
}
