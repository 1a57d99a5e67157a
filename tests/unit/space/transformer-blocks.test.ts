/** Names and patterns of a transformer's blocks in what is said about a search. */
import { describe, expect, it } from 'vitest';
import { allBlocksOf } from '../../../src/architectures/registry.ts';
import { parseGroup } from '../../../src/space/groups.ts';
import { rulesByName } from '../../../src/space/rules.ts';
import { createSpace, decode, type SpaceSettings } from '../../../src/space/space.ts';

const FLUX = 'flux1';
const SMALL = 'flux1:double_blocks=3,single_blocks=4';

const spaceOf = (over: Partial<SpaceSettings>): ReturnType<typeof createSpace> =>
  createSpace({ architecture: FLUX, low: 0, high: 1, intervals: 10, blocks: {}, ...over });

describe('rules of --block', () => {
  it('a name counts before a pattern, and the pattern with more letters before the other', () => {
    const rules = rulesByName(
      { 'double_blocks.1': 0.3, 'double_blocks.*': 0.5, '*': 0.1, 'double_blocks.1*': 0.7 },
      'flux1:double_blocks=11,single_blocks=1',
    );
    expect(rules).toMatchObject({
      'double_blocks.0': 0.5,
      'double_blocks.1': 0.3,
      'double_blocks.10': 0.7,
      'single_blocks.0': 0.1,
      img_in: 0.1,
    });
  });

  it('bounds of a row are bounds of each of its blocks', () => {
    const { dimensions, fixed } = spaceOf({
      blocks: { 'single_blocks.*': { low: 0.2, high: 0.8 }, '*_in': 0 },
    });
    expect(fixed).toEqual({ img_in: 0, txt_in: 0, time_in: 0, vector_in: 0, guidance_in: 0 });
    const bounds = new Map(dimensions.map(({ name, low, high }) => [name, [low, high]]));
    expect(bounds.get('single_blocks.37')).toEqual([0.2, 0.8]);
    expect(bounds.get('double_blocks.18')).toEqual([0, 1]);
  });

  it('a part that is off unless asked for is not meant by a star that fits others as well', () => {
    const names = (blocks: SpaceSettings['blocks']): string[] =>
      createSpace({ architecture: 'anima', low: 0, high: 1, intervals: 10, blocks }).dimensions.map(
        ({ name }) => name,
      );
    expect(names({ '*': { low: 0.1, high: 0.9 } })).not.toContain('llm_adapter');
    expect(names({ 'llm_*': { low: 0, high: 1 } })).toContain('llm_adapter');
    expect(names({ llm_adapter: { low: 0, high: 1 } })).toContain('llm_adapter');
  });

  it.each([
    ['double_block.3', /^Block double_block\.3 does not exist in flux1\. Did you mean "double_blocks\.3"\?/],
    ['singles.*', /Its blocks are double_blocks\.0 to double_blocks\.18, single_blocks\.0 to .*img_in, /],
  ])('%s is told with the blocks that there are', (name, message) => {
    expect(() => spaceOf({ blocks: { [name]: 0 } })).toThrow(message);
  });

  it('takes patterns of a UNet as well', () => {
    const { fixed } = spaceOf({ architecture: 'sd1', blocks: { 'IN*': 0, IN03: 1 } });
    expect(Object.keys(fixed)).toHaveLength(12);
    expect(fixed).toMatchObject({ IN00: 0, IN03: 1 });
  });
});

describe('groups', () => {
  it('are names, ranges and patterns', () => {
    expect(parseGroup('double_blocks.0-double_blocks.2, img_in', SMALL)).toEqual([
      'double_blocks.0',
      'double_blocks.1',
      'double_blocks.2',
      'img_in',
    ]);
    expect(parseGroup('Double_Blocks.2-single_blocks.1', SMALL)).toHaveLength(3);
    expect(parseGroup('single_blocks.*', SMALL)).toHaveLength(4);
  });

  it.each([
    ['single_blocks.0-double_blocks.1', /a later one of double_blocks\.0 to double_blocks\.2, single_blocks/],
    ['blocks.*', /has no block matching blocks\.\*; its blocks are double_blocks\.0 to/],
    ['double_blocks.7,img_in', /there is no block "double_blocks\.7" in .* Did you mean "double_blocks\.\d"/],
  ])('%s is refused', (text, message) => {
    expect(() => parseGroup(text, SMALL)).toThrow(message);
  });

  it('neighbours share weights within their row', () => {
    const { dimensions } = spaceOf({ architecture: SMALL, testGrouping: 2 });
    expect(dimensions.slice(0, 4).map(({ name }) => name)).toEqual([
      'double_blocks.0+double_blocks.1',
      'double_blocks.2',
      'single_blocks.0+single_blocks.1',
      'single_blocks.2+single_blocks.3',
    ]);
  });
});

describe('a space of a transformer', () => {
  it('has a weight for every block, those of followers and of curves too', () => {
    const space = spaceOf({ curve: ['4'], tied: { guidance_in: 'img_in' }, pinned: { vector_in: 0 } });
    expect(space.dimensions).toHaveLength(4 + 4 + 4);
    const weights = decode(
      space,
      space.dimensions.map((_, d) => (d % 10) / 10),
    );
    expect(Object.keys(weights)).toEqual(allBlocksOf(FLUX));
    expect(weights['guidance_in']).toBe(weights['img_in']);
    expect(weights['vector_in']).toBe(0);
  });
});
