/** The weights of the best iteration as small bars, one cell a block, in columns read from top to bottom. */
import type { BlockName, BlockWeights } from '../types.ts';
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
  const { weights } = best.trial;
  const blocks = blocksShown(all).filter((block) => weights[block] !== undefined);
  if (blocks.length === 0) return [];
  const rows = longRows(blocks);
  const others = blocks.filter((block) => !rows.some((row) => row.blocks.includes(block)));
  const whose = all.length === 1 ? '' : `, run ${letterOf(run)}`;
  return [
    style.paint(shorten(`weights of the best iteration${whose} (0 = A, 1 = B)`, style.width), DIM),
    ...rows.flatMap((row) => strip(row, weights, accentCode(run), style)),
    ...cells(others, weights, accentCode(run), style),
  ];
}

/** A bar in a cell for each of them. */
function cells(blocks: readonly BlockName[], weights: BlockWeights, code: string, style: Style): string[] {
  const texts = blocks.map((block) => formatNumber(weights[block] ?? 0, 2));
  const labels = blocks.map(labelOf);
  const longest = Math.max(0, ...labels.map(({ length }) => length));
  const columns = Math.min(
    Math.max(1, Math.floor((style.width + 2) / (longest + NARROWEST))),
    style.width >= 72 ? 4 : style.width >= 54 ? 3 : 2,
  );
  const count = Math.ceil(blocks.length / columns);
  const cell = Math.floor((style.width + 2) / columns);
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(SHORTEST, ...labels.slice(column * count, (column + 1) * count).map(({ length }) => length)),
  );
  const digits = 1 + Math.max(0, ...texts.map((text) => text.length));
  return Array.from({ length: count }, (_, row) =>
    Array.from({ length: columns }, (_, column) => {
      const block = blocks[column * count + row];
      if (block === undefined) return '';
      const number = (texts[column * count + row] ?? '').padStart(digits);
      const label = (labels[column * count + row] ?? '').padEnd(widths[column] ?? 0);
      return bar(label, weights[block] ?? 0, number, cell - 2, code, style);
    })
      .join('  ')
      .trimEnd(),
  );
}

interface Row {
  /** `double_blocks` */
  readonly name: string;
  readonly blocks: readonly BlockName[];
}

/** Cells for so many blocks would leave no room for the chart. */
const MOST_CELLS = 32;

/** Of transformers, rows of numbered blocks; of UNets none. */
function longRows(blocks: readonly BlockName[]): Row[] {
  if (blocks.length <= MOST_CELLS) return [];
  const rows = new Map<string, BlockName[]>();
  for (const block of blocks) {
    const [, name] = /^([a-z].+?)[._]?\d+$/.exec(block) ?? [];
    if (name !== undefined) rows.set(name, [...(rows.get(name) ?? []), block]);
  }
  return [...rows].map(([name, own]) => ({ name, blocks: own })).filter((row) => row.blocks.length > 2);
}

/** One character a block: `double_blocks.0  ▁▁▃▅▆█`; the name is that of the first in the line. */
function strip(
  { blocks }: Row,
  weights: BlockWeights,
  code: string,
  { glyphs, paint, width }: Style,
): string[] {
  const room = Math.max(8, Math.min(MOST_IN_LINE, width - LONGEST - 2));
  const levels = glyphs.levels;
  return Array.from({ length: Math.ceil(blocks.length / room) }, (_, line) => {
    const own = blocks.slice(line * room, (line + 1) * room);
    const drawn = own.map((block) => {
      const weight = Math.min(1, Math.max(0, weights[block] ?? 0));
      return levels[Math.round(weight * (levels.length - 1))] ?? ' ';
    });
    return `${labelOf(own[0] ?? '').padEnd(LONGEST)}  ${paint(drawn.join(''), code)}`;
  });
}

/** Counting further is tedious. */
const MOST_IN_LINE = 50;

/** Letters that names have at least, with blanks. */
const SHORTEST = 5;
/** Columns of a cell beside the name: bar, number, blanks. */
const NARROWEST = 12;
/** Letters; of longer names the middle is left out. */
const LONGEST = 22;

/** TIME_EMBED and LABEL_EMB are shortened to their first word. */
function labelOf(block: BlockName): string {
  return shorten(block.replace(/_EMB(?:ED)?$/, ''), LONGEST);
}

/** `IN00  ████▌··· 0.55`; weights outside 0 to 1 fill or empty the bar, the number tells them. */
function bar(
  label: string,
  weight: number,
  number: string,
  width: number,
  code: string,
  { glyphs, paint }: Style,
): string {
  const room = Math.max(4, width - label.length - number.length - 1);
  const eighths = Math.round(Math.min(1, Math.max(0, weight)) * room * 8);
  const filled =
    (glyphs.eighths[8] ?? '').repeat(Math.floor(eighths / 8)) + (glyphs.eighths[eighths % 8] ?? '');
  return `${label} ${paint(filled, code)}${paint(glyphs.rest.repeat(room - filled.length), DIM)}${number}`;
}
