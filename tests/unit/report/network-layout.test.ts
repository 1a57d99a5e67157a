import { describe, expect, it } from 'vitest';
import { layoutOf, type NetworkLayout } from '../../../src/report/network-layout.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';

function overlaps({ blocks, block: { width, height } }: NetworkLayout): number {
  const pairs = blocks.flatMap((one, i) => blocks.slice(i + 1).map((other) => [one, other] as const));
  return pairs.filter(
    ([one, other]) => Math.abs(one.x - other.x) < width && Math.abs(one.y - other.y) < height,
  ).length;
}

describe('the drawing of a network', () => {
  it.each([
    ['sd1', 27, 12],
    ['sd2', 27, 12],
    ['sdxl', 21, 9],
  ])('is a U for %s', (architecture, blocks, skips) => {
    const layout = layoutOf(architecture, uniformWeights(0.5, architecture));
    expect(layout.blocks).toHaveLength(blocks);
    expect(layout.skips).toHaveLength(skips);
    // Skip connections are level: the first going down meets the last coming up.
    for (const [from, to] of layout.skips) expect(from.y).toBe(to.y);
    const [[from, to] = []] = layout.skips;
    expect([from?.block, to?.block]).toEqual(['IN00', `OUT${String(skips - 1).padStart(2, '0')}`]);
    expect(overlaps(layout)).toBe(0);
  });

  it('has a place for a block beside the path', () => {
    const layout = layoutOf('sdxl', { ...uniformWeights(0.5, 'sdxl'), LABEL_EMB: 1 });
    expect(layout.blocks.map(({ block }) => block)).toContain('LABEL_EMB');
    expect(overlaps(layout)).toBe(0);
  });

  it.each([3, 12, 13, 57])('is columns for %d blocks of a family that it does not know', (count) => {
    const weights = Object.fromEntries(Array.from({ length: count }, (_, i) => [`double_blocks.${i}`, 0.5]));
    const layout = layoutOf('flux-of-tomorrow', weights);
    expect(layout.blocks).toHaveLength(count);
    expect(layout.skips).toEqual([]);
    expect(overlaps(layout)).toBe(0);
    for (const { x, y } of layout.blocks) {
      expect(x + layout.block.width).toBeLessThanOrEqual(layout.width);
      expect(y + layout.block.height).toBeLessThanOrEqual(layout.height);
    }
  });

  it('joins the blocks of a row, and no parts that lie outside the rows', () => {
    const joined = (architecture: string): string[] =>
      layoutOf(architecture, uniformWeights(0.5, architecture)).path.map(
        ([from, to]) => `${from.block} ${to.block}`,
      );
    const flux = joined('flux1');
    expect(flux).toContain('single_blocks.36 single_blocks.37');
    expect(flux.filter((step) => /_in|final_layer/.test(step))).toEqual([]);
    expect(joined('z-image')).not.toContain('layers.29 noise_refiner.0');
    expect(joined('sdxl/kinds')).toEqual([]);
  });

  it('is columns for a UNet with the layers of a text encoder', () => {
    const layers = Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`CLIP_G.${i}`, 0.5]));
    const layout = layoutOf('sdxl', { ...uniformWeights(0.5, 'sdxl'), ...layers });
    expect(layout.skips).toEqual([]);
    expect(layout.height).toBeLessThan(1000);
    expect(layout.path.map(([from, to]) => `${from.block} ${to.block}`)).toContain('IN00 IN01');
    expect(overlaps(layout)).toBe(0);
  });

  it('is a U for a journal without a plan whose blocks have the names of one', () => {
    expect(layoutOf(undefined, uniformWeights(0.5, 'sd1')).skips).toHaveLength(12);
  });
});
