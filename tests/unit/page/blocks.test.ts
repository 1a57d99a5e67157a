/** What the page says of a block. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeBlock } from '../../../src/architectures/block-words.ts';
import { blocksOf, weighableBlocksOf } from '../../../src/architectures/registry.ts';
import { unetParameters } from '../../../src/architectures/unet-parameters.ts';
import { blockFacts } from '../../../src/page/blocks/facts.ts';
import { reachText } from '../../../src/page/blocks/reach.ts';
import type { SearchPlan } from '../../../src/journal/record.ts';
import { createSpace, type SpaceSettings } from '../../../src/space/space.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';
import { reportPlan } from '../../helpers/make-report-run.ts';

const planOf = (over: Partial<SpaceSettings> = {}) => {
  const settings = { architecture: 'sd1', low: 0, high: 1, intervals: 10, blocks: {}, ...over };
  return reportPlan({ space: structuredClone(createSpace(settings)) as SearchPlan['space'] });
};

describe('parameters of a UNet', () => {
  // As Diffusers, papers and model cards count them.
  it.each([
    ['sd1', 859_520_964],
    ['sd2', 865_910_724],
    ['sdxl', 2_567_463_684],
  ])('%s: all blocks together hold %i', (architecture, total) => {
    const counts = unetParameters(architecture) ?? {};
    expect(Object.keys(counts).toSorted()).toEqual(
      weighableBlocksOf(architecture)
        .filter((block) => /^(IN|OUT|M00|TIME_EMBED|LABEL_EMB)/.test(block))
        .toSorted(),
    );
    expect(Object.values(counts).reduce((sum, one) => sum + one, 0)).toBe(total);
  });

  it('are not known of transformers, nor of what is no family', () => {
    expect(unetParameters('flux1')).toBeUndefined();
    expect(unetParameters('constructor')).toBeUndefined();
  });
});

describe('a block in words', () => {
  it.each([
    ['IN04', 'sdxl', 'input block 4', ['model.diffusion_model.input_blocks.4.']],
    ['M00', undefined, 'middle block', ['model.diffusion_model.middle_block.']],
    ['OUT11', 'sd1', 'output block 11', ['model.diffusion_model.output_blocks.11.']],
    ['TIME_EMBED', 'sd1', 'time step embedding', ['model.diffusion_model.time_embed.']],
    [
      'double_blocks.4',
      'flux1',
      'block 5 of the 19 double_blocks',
      ['model.diffusion_model.double_blocks.4.'],
    ],
    ['img_in', 'flux1', 'part of the transformer outside its block rows', ['model.diffusion_model.img_in.']],
    ['IN.attention', 'sdxl/kinds', 'attention layers of the input blocks', []],
    ['double_blocks.mlp', 'flux1/kinds', 'mlp layers of all double_blocks', []],
    ['CLIP_G', 'sdxl', 'text encoder CLIP_G', ['conditioner.embedders.1.']],
    ['CLIP_L.3', 'sdxl', 'layer 4 of 12 of the text encoder CLIP_L', ['conditioner.embedders.0.']],
    ['what', undefined, 'block', []],
  ])('%s of %s is %s', (block, architecture, words, keys) => {
    expect(describeBlock(block, architecture)).toEqual({ words, keys });
  });

  it('is one of every family', () => {
    for (const architecture of ['sd1', 'sd2', 'sdxl', 'sdxl/kinds', 'flux1', 'wan', 'qwen-image'])
      expect(
        weighableBlocksOf(architecture).filter(
          (block) => describeBlock(block, architecture).words === 'block',
        ),
      ).toEqual([]);
  });
});

describe('facts of blocks', () => {
  it('are of all of them: how they move, between which bounds, by which steps', () => {
    const plan = planOf({ blocks: { IN00: 0.25, OUT00: { low: 0.2, high: 0.6 } }, groups: ['IN01,IN02'] });
    const facts = blockFacts(plan);
    expect(facts.map(({ block }) => block).toSorted()).toEqual([...blocksOf('sd1')].toSorted());
    const of = (name: string) => facts.find(({ block }) => block === name);
    expect(of('IN00')).toMatchObject({ moves: 'fixed', low: 0.25, high: 0.25, parameters: 11_840 });
    expect(of('IN01')).toMatchObject({ moves: 'together', others: ['IN02'] });
    expect(of('OUT00')).toMatchObject({ moves: 'alone', low: 0.2, high: 0.6, step: 0.04 });
  });

  it('say that a block lies on a curve', () => {
    const facts = blockFacts(planOf({ curve: ['IN=3'], intervals: 0 }));
    expect(facts.find(({ block }) => block === 'IN05')).toMatchObject({ moves: 'curve', low: 0, high: 1 });
  });

  it('count what the file of model A holds, where it is here', () => {
    const file = path.resolve(import.meta.dirname, '../../fixtures/tiny-world/sdxl/crisp-sdxl.safetensors');
    const plan = planOf({ architecture: 'sdxl' });
    const model = { name: 'crisp', file: 'crisp.safetensors', hash: null, path: file };
    const server = { family: 'x', version: null, mergeWay: 'y', modelA: model, modelB: model };
    const [{ parameters } = { parameters: null }] = blockFacts({ ...plan, server });
    expect(parameters).toBeGreaterThan(0);
    expect(parameters).toBeLessThan(10_000);
  });
});

describe('weights that are given on the page', () => {
  const best = { best: { trial: 7, score: 1 }, bestWeights: uniformWeights(0.4, 'sd1') };

  it('are rounded, and leave the others as in the best', () => {
    expect(reachText(planOf(), { IN00: 0.33 }, best)).toEqual({
      isReachable: true,
      sentence:
        'Rounded to the steps of the search: IN00 0.33 becomes 0.3. 26 other blocks take their values from the best at that time (now iteration 7).',
    });
    expect(reachText(planOf(), { IN00: 0.3 }, { best: null, bestWeights: null }).sentence).toBe(
      '26 other blocks are set to the middle, or to the best found by then.',
    );
  });

  it('are refused with the reasons that the run would give', () => {
    const plan = planOf({ blocks: { IN00: 0.25 }, groups: ['IN01,IN02'] });
    expect(reachText(plan, { IN00: 0.5, IN01: 0.2, IN02: 0.8 }, best)).toEqual({
      isReachable: false,
      sentence:
        'The search cannot try these weights: IN00 is fixed at 0.25, not 0.5; IN01, IN02 share one weight: IN01 cannot be 0.2 alone; IN01, IN02 share one weight: IN02 cannot be 0.8 alone.',
    });
    const curved = planOf({ curve: ['IN=2'], intervals: 0 });
    expect(reachText(curved, { IN05: 1 }, best).sentence).toMatch(
      /the curve does not pass through IN05 1 \(/,
    );
  });
});
