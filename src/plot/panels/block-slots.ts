/** The axis of blocks: one slot a block, with gaps where the group changes. Weights and importance stand on it. */
import type { XAXisComponentOption } from 'echarts';
import { widthOf, type Box, type Mark } from '../panel.ts';
import { AXIS, FONT, GREY, INK } from '../palette.ts';
import { formatShort } from '../scale.ts';
import { shorten } from '../words.ts';
import type { BlockName, BlockWeights } from '../../types.ts';

/** A block, or `undefined` for the gap between two groups. */
export type Slot = BlockName | undefined;

/** An empty slot wherever the group changes: IN | M | OUT00.. | OUT, TIME_EMBED. */
export function withGaps(blocks: readonly BlockName[]): readonly Slot[] {
  return blocks.flatMap((block, index): Slot[] => {
    const before = blocks[index - 1];
    return before !== undefined && groupOf(before) !== groupOf(block) ? [undefined, block] : [block];
  });
}

function groupOf(block: BlockName): string {
  return /\d$/.test(block) ? block.replace(/\d+$/, '') : 'rest';
}

interface Row {
  readonly name: string;
  readonly first: number;
  readonly last: number;
}

/** Letters: IN and OUT. Of longer names the number stands at the slot, and the rest below its row. */
const SHORT_NAME = 3;

/** Rows of neighbours whose names are too long for their slots: `double_blocks`, of `double_blocks.0` to `.18`. */
function namedRows(slots: readonly Slot[], width: number): readonly Row[] {
  const rows: Row[] = [];
  for (const [slot, block] of slots.entries()) {
    const [, name] = /^(.+?)[._]?\d+$/.exec(block ?? '') ?? [];
    const before = rows.at(-1);
    if (name === undefined) continue;
    if (before?.name === name && before.last === slot - 1) rows[rows.length - 1] = { ...before, last: slot };
    else rows.push({ name, first: slot, last: slot });
  }
  const each = width / Math.max(1, slots.length);
  return rows.filter(
    ({ name, first, last }) =>
      name.length > SHORT_NAME && last > first && widthOf(name, NAME_SIZE) <= (last - first + 2) * each,
  );
}

/** What stands at a slot. */
function labelsOf(slots: readonly Slot[], width: number): readonly string[] {
  const rows = namedRows(slots, width);
  return slots.map((block, slot) => {
    if (block === undefined) return '';
    const isInRow = rows.some(({ first, last }) => first <= slot && slot <= last);
    return isInRow ? (/\d+$/.exec(block)?.[0] ?? block) : shorten(block, LONGEST_LABEL);
  });
}

/** Letters; of longer names the middle is left out. */
const LONGEST_LABEL = 16;
const NAME_SIZE = 10;

/** The names of rows below the numbers of their blocks. */
export function rowNames(slots: readonly Slot[], box: Box, values = false): Mark[] {
  const each = box.width / Math.max(1, slots.length);
  const y = box.top + box.height + (isUpright(slots, box.width) || !values ? 31 : 44);
  return namedRows(slots, box.width).map(({ name, first, last }) => ({
    kind: 'text',
    x: box.left + ((first + last + 1) / 2) * each,
    y,
    text: name,
    size: NAME_SIZE,
    colour: GREY,
    align: 'center',
  }));
}

/** Pixels that names below the axis take, where they are upright; undefined where all lie. */
export function uprightRoom(slots: readonly Slot[], width: number): number | undefined {
  if (!isUpright(slots, width)) return undefined;
  const longest = Math.max(0, ...labelsOf(slots, width).map(({ length }) => length));
  const names = namedRows(slots, width).length > 0 ? 24 : 0;
  return Math.max(16 + 6.2 * longest, names);
}

/** Pixels: in narrower slots names stand upright, and in the narrowest not all of them have room. */
const LYING = 38;
const UPRIGHT = 11;

function isUpright(slots: readonly Slot[], width: number): boolean {
  return width / Math.max(1, slots.length) < LYING;
}

/** @param values stand between the axis and the names, where slots are wide enough */
export function blockAxis(
  slots: readonly Slot[],
  width: number,
  values: BlockWeights | undefined,
): XAXisComponentOption {
  const upright = isUpright(slots, width);
  const labels = labelsOf(slots, width);
  const named = upright ? withRoom(slots, width) : new Set(slots.keys());
  return {
    type: 'category',
    data: slots.map((_, index) => String(index)),
    silent: true,
    axisTick: { show: false },
    axisLine: { onZero: true, lineStyle: { color: AXIS, width: 1 } },
    splitLine: { show: false },
    axisLabel: {
      interval: 0,
      hideOverlap: false,
      margin: upright ? 6 : 8,
      rotate: upright ? 90 : 0,
      color: GREY,
      fontSize: 10,
      ...(upright ? {} : { lineHeight: 13 }),
      fontFamily: FONT,
      formatter: (_: string, index: number) => {
        const block = slots[index];
        if (block === undefined || !named.has(index)) return '';
        const label = labels[index] ?? block;
        if (upright) return label;
        // The underscore is where a narrow slot can break the name.
        const name = label.replace('_', '_\n');
        const value = values?.[block];
        return value === undefined ? name : `{value|${formatShort(value)}}\n${name}`;
      },
      rich: { value: { color: INK, fontWeight: 600, fontSize: 11, lineHeight: 16, fontFamily: FONT } },
    },
  };
}

/** Slots whose names do not touch the name before. */
function withRoom(slots: readonly Slot[], width: number): ReadonlySet<number> {
  const every = Math.ceil((UPRIGHT * slots.length) / Math.max(1, width));
  const named = new Set<number>();
  let last = -every;
  for (const [index, block] of slots.entries()) {
    if (block === undefined || index - last < every) continue;
    named.add(index);
    last = index;
  }
  return named;
}
