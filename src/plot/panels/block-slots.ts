/** The axis of blocks: one slot a block, with gaps where the group changes. Weights and importance stand on it. */
import type { XAXisComponentOption } from 'echarts';
import { AXIS, FONT, GREY, INK } from '../palette.ts';
import { formatShort } from '../scale.ts';
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

/** Pixels: in narrower slots names stand upright, and in the narrowest not all of them have room. */
const LYING = 38;
const UPRIGHT = 11;

export function isUpright(slots: readonly Slot[], width: number): boolean {
  return width / Math.max(1, slots.length) < LYING;
}

/** @param values stand between the axis and the names, where slots are wide enough */
export function blockAxis(
  slots: readonly Slot[],
  width: number,
  values: BlockWeights | undefined,
): XAXisComponentOption {
  const upright = isUpright(slots, width);
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
        if (upright) return block;
        // The underscore is where a narrow slot can break the name.
        const name = block.replace('_', '_\n');
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
