/** Weights as one character a block: input blocks, middle block, output blocks. */
import type { BlockName, BlockWeights } from '../../../architectures/architecture.ts';
import { inSearchOrder } from '../../../architectures/registry.ts';
import { WEIGHT_ORDERS } from '../../../architectures/sd-lists.ts';
import type { CliProcess } from '../../cli-process.ts';

const BLOCKS = '▁▂▃▄▅▆▇█';
const ASCII = '0123456789';

/** 29 characters: `▁▂▃… ▅ ▇▆…`. 0 is the lowest bar, 1 the highest; weights outside are drawn as these, a block without one as a blank. Of other families one character a block. */
export function weightStrip(weights: BlockWeights, unicode: boolean): string {
  const glyphs = unicode ? BLOCKS : ASCII;
  const cell = (name: BlockName): string => {
    const weight = weights[name];
    if (weight === undefined) return ' ';
    const level = Math.round(Math.min(1, Math.max(0, weight)) * (glyphs.length - 1));
    return glyphs.charAt(level) || ' ';
  };
  const { preset, search } = WEIGHT_ORDERS;
  const names = Object.keys(weights);
  if (names.length > 0 && !names.some((name) => search.includes(name)))
    return inSearchOrder(names).map(cell).join('');
  const cells = preset.map(cell);
  const [input, middle, output] = [cells.slice(0, 12), cells.slice(12, 13), cells.slice(13)];
  return [input, middle, output].map((part) => part.join('')).join(unicode ? '│' : '|');
}

/** Terminals that say another character set than UTF-8 get digits. */
export function canDrawBlocks({ env }: CliProcess): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return locale === '' || /utf-?8/i.test(locale);
}
