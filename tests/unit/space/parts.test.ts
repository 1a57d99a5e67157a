/** Text encoders and VAE in a search. */
import { describe, expect, it } from 'vitest';
import { blocksOf, partNamesOf } from '../../../src/architectures/registry.ts';
import { unlistedInWords } from '../../../src/architectures/sd-lists.ts';
import { describeParts, effectiveWeights } from '../../../src/renderers/effective-weights.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';
import type { PartCapabilities } from '../../../src/space/parts.ts';
import { searchedParts } from '../../../src/space/searched-parts.ts';
import { createSpace, decode, encode, type SpaceSettings } from '../../../src/space/space.ts';

const settings = (change: Partial<SpaceSettings> = {}): SpaceSettings => ({
  architecture: 'sdxl',
  low: 0,
  high: 1,
  intervals: 10,
  blocks: {},
  ...change,
});
const RANGE = { low: 0, high: 1 };
/** One ratio for both encoders, and no merge of the VAE. */
const ONE_RATIO: PartCapabilities = { free: ['CLIP_L'], tied: { CLIP_G: 'CLIP_L' }, whole: ['VAE'] };

describe('a search', () => {
  it('has the blocks of the network alone unless it names others; off or 0 is not asking', () => {
    for (const blocks of [{}, { CLIP_L: 0 }, { VAE: 'off' }] as const) {
      const space = createSpace(settings({ blocks, parts: { free: [] } }));
      expect(space.dimensions.map(({ name }) => name)).toEqual(blocksOf('sdxl'));
    }
  });

  it('moves an encoder between its bounds, holds it, or lets it share a weight', () => {
    const space = createSpace(settings({ blocks: { CLIP_L: { low: 0, high: 0.5 }, VAE: 0.25 } }));
    expect(space.dimensions.at(-1)).toMatchObject({ name: 'CLIP_L', low: 0, high: 0.5 });
    expect(space.fixed).toEqual({ VAE: 0.25 });
    const shared = createSpace(settings({ groups: ['CLIP_L,CLIP_G'] }));
    expect(shared.dimensions.at(-1)?.name).toBe('CLIP_L+CLIP_G');
    expect(encode(shared, { ...uniformWeights(1, 'sdxl') }).at(-1)).toBe(0);
  });

  it('has it follow another one where one number is for both, and records its weight', () => {
    const space = createSpace(settings({ blocks: { CLIP_L: RANGE }, parts: ONE_RATIO }));
    expect(space.dimensions.at(-1)?.name).toBe('CLIP_L+CLIP_G');
    const weights = decode(
      space,
      space.dimensions.map(() => 0.5),
    );
    expect(weights).toMatchObject({ CLIP_L: 0.5, CLIP_G: 0.5 });
    expect(createSpace(settings({ blocks: { CLIP_L: 0.3 }, parts: ONE_RATIO })).fixed).toEqual({
      CLIP_L: 0.3,
      CLIP_G: 0.3,
    });
    const both = createSpace(settings({ groups: ['CLIP_L,CLIP_G'], parts: ONE_RATIO }));
    expect(both.dimensions.at(-1)?.name).toBe('CLIP_L+CLIP_G');
    const moved = effectiveWeights({ CLIP_L: 0.4 }, { tied: {}, fixed: {}, parts: ONE_RATIO }, 'sdxl');
    expect(moved).toMatchObject({ CLIP_L: 0.4, CLIP_G: 0.4 });
    expect(() => createSpace(settings({ blocks: { CLIP_G: RANGE }, parts: ONE_RATIO }))).toThrow(
      /^Block CLIP_G follows CLIP_L in this backend/,
    );
  });

  it('takes of a VAE that cannot be mixed A or B, as a choice too, and refuses what is between', () => {
    const space = createSpace(settings({ blocks: { VAE: RANGE }, parts: ONE_RATIO }));
    expect(space.dimensions.at(-1)).toMatchObject({ name: 'VAE', low: 0, high: 1, intervals: 1 });
    expect(createSpace(settings({ blocks: { VAE: 1 }, parts: ONE_RATIO })).fixed).toEqual({ VAE: 1 });
    for (const rule of [0.5, { low: 0, high: 0.5 }]) {
      expect(() => createSpace(settings({ blocks: { VAE: rule }, parts: ONE_RATIO }))).toThrow(
        /^VAE is model A's or model B's in this backend, with nothing in between: .+ --backend checkpoint\.$/,
      );
    }
    const { parts } = { parts: ONE_RATIO };
    const half = effectiveWeights(
      { CLIP_L: 0.5, CLIP_G: 0.1, VAE: 0.5 },
      { tied: {}, fixed: {}, parts },
      'sdxl',
    );
    expect(half).toMatchObject({ CLIP_L: 0.5, CLIP_G: 0.5, VAE: 0 });
  });

  it('is told in words what the way can move', () => {
    const inWords = (parts?: PartCapabilities): string =>
      describeParts({
        free: [],
        tied: {},
        fixed: {},
        range: RANGE,
        mergesTextEncoder: false,
        savesCheckpoint: false,
        ...(parts !== undefined && { parts }),
      }).join(' ');
    expect(inWords()).toBe("Text encoders and VAE stay model A's.");
    expect(inWords(ONE_RATIO)).toBe('With --block also CLIP_L, VAE (0 or 1); CLIP_G follows CLIP_L.');
    expect(inWords({ free: partNamesOf('sd1') })).toBe('With --block also TE (or its layers), VAE.');
    const many = Object.fromEntries(partNamesOf('sd1').map((name) => [name, 0.5]));
    expect(unlistedInWords(many)).toMatch(/^TE \(0\.5\) and VAE \(0\.5\) and .+ and 11 more$/);
  });

  it('refuses what the way cannot move', () => {
    for (const change of [{ blocks: { CLIP_L: 1 } }, { groups: ['OUT,VAE'] }]) {
      expect(() => createSpace(settings({ ...change, parts: { free: [] } }))).toThrow(
        /^Block (CLIP_L|VAE) cannot be set by this backend and stays model A's: leave it out, or choose --backend checkpoint\.$/,
      );
    }
    expect(() => createSpace(settings({ blocks: { 'CLIP_G.3': RANGE }, parts: ONE_RATIO }))).toThrow(
      /^Block CLIP_G\.3 cannot be set by this backend, which merges a text encoder as a whole: search CLIP_L instead/,
    );
  });
});

describe('layer by layer', () => {
  it('has a dimension for each layer, with the bounds of the encoder', () => {
    const space = createSpace(
      settings({ blocks: { CLIP_L: { low: 0, high: 0.5 }, 'CLIP_L.0': 1 }, textEncoderLayers: true }),
    );
    const names = space.dimensions.map(({ name }) => name).slice(blocksOf('sdxl').length);
    expect(names).toEqual([
      'CLIP_L.embedding',
      ...Array.from({ length: 11 }, (_, i) => `CLIP_L.${i + 1}`),
      'CLIP_L.final',
    ]);
    expect(space.dimensions.at(-1)).toMatchObject({ high: 0.5 });
    expect(space.fixed).toEqual({ 'CLIP_L.0': 1 });
    // A merge of the whole encoder is one of all its layers.
    expect(encode(space, { CLIP_L: 0.25 }).slice(-13)).toEqual(Array.from({ length: 13 }, () => 0.25));
  });

  it('puts them on a curve, in ranges and groups of neighbours', () => {
    const curved = createSpace(
      settings({ blocks: { CLIP_L: { low: 0.2, high: 0.8 } }, textEncoderLayers: true, curve: ['CLIP_L=3'] }),
    );
    const knots = curved.dimensions.filter(({ name }) => name.startsWith('CLIP_L@'));
    expect(knots.map(({ name, low, high }) => [name, low, high])).toEqual([
      ['CLIP_L@0', 0.2, 0.8],
      ['CLIP_L@0.5', 0.2, 0.8],
      ['CLIP_L@1', 0.2, 0.8],
    ]);
    const grouped = createSpace(settings({ groups: ['CLIP_G.0-CLIP_G.31'] }));
    expect(grouped.dimensions.at(-1)?.blocks).toHaveLength(32);
    const neighbours = createSpace(
      settings({ blocks: { CLIP_L: RANGE }, textEncoderLayers: true, testGrouping: 4 }),
    );
    const groups = neighbours.dimensions.filter(({ blocks }) => blocks[0]?.startsWith('CLIP_L.') === true);
    expect(groups.map(({ blocks }) => blocks.length)).toEqual([1, 4, 4, 4, 1]);
  });

  it('is refused where no encoder is named, or none is there', () => {
    expect(() => createSpace(settings({ textEncoderLayers: true }))).toThrow(
      /^--text-encoder-layers: no text encoder is searched; add one, as in --block CLIP_L=0:1\.$/,
    );
    expect(() => createSpace(settings({ architecture: 'z-image', textEncoderLayers: true }))).toThrow(
      /z-image has no text encoder/,
    );
  });

  it('knows which parts move', () => {
    const blocks = { CLIP_L: RANGE, 'CLIP_G.3': RANGE, VAE: 1 };
    expect(searchedParts({ architecture: 'sdxl', blocks, groups: [] })).toEqual([
      { name: 'CLIP_L', blocks: ['CLIP_L'] },
      { name: 'CLIP_G', blocks: ['CLIP_G.3'] },
    ]);
    expect(searchedParts({ architecture: 'sdxl', blocks: {}, groups: ['VAE,CLIP_G'] })).toMatchObject([
      { name: 'CLIP_G' },
      { name: 'VAE' },
    ]);
    expect(partNamesOf('sd1').slice(0, 3)).toEqual(['TE', 'VAE', 'TE.embedding']);
  });
});
