/** Which blocks move, how far, and which move together. */
import { z } from 'zod';
import { isPattern } from '../../architectures/block-patterns.ts';
import { findBlock, isBlockName } from '../../architectures/registry.ts';
import { CURVE_SHAPES } from '../../space/curve.ts';
import { optionsOf } from './option.ts';

const option = optionsOf('Block weights');

const weight = z.number().min(-1).max(2);
const parameterRule = z.union([
  z.number(),
  z.strictObject({ low: z.number(), high: z.number(), steps: z.int().min(0).max(10_000).optional() }),
  z.array(z.string().min(1)).min(1),
]);

const blockRule = z.union([weight, z.literal('off'), z.strictObject({ low: weight, high: weight })]);

/** Blocks of transformers are called as their keys begin: which there are, only the family says. */
const KEY_NAME = /^[a-z_][a-z0-9_]*$|^[a-z_*][\w*]*([.*][\w.*]*)+$/i;

/** May some family have it, or a pattern fit? */
function isKnown(name: string): boolean {
  if (isBlockName(name) || isPattern(name)) return true;
  // A name of Stable Diffusion's in other letters is told with the right ones.
  return findBlock(name) === undefined && /[a-z.]/.test(name) && KEY_NAME.test(name);
}

/** By block or pattern. */
const blockRules = z.record(z.string(), blockRule).superRefine((rules, context) => {
  const keys = Object.keys(rules).filter((name) => !isKnown(name));
  if (keys.length > 0) context.addIssue({ code: 'unrecognized_keys', keys, input: rules, path: [] });
});

export const spaceOptions = {
  low: weight
    .default(0)
    .meta(option({ value: 'w', description: 'Lower bound of every block (0 = model A)' })),
  high: weight
    .default(1)
    .meta(option({ value: 'w', description: 'Upper bound of every block (1 = model B)' })),
  intervals: z
    .int()
    .min(0)
    .max(10_000)
    .default(10)
    .meta(
      option({
        value: 'n',
        description: 'Steps between the bounds: 10 gives 11 values; 0 = continuous',
      }),
    ),
  block: blockRules.default({}).meta(
    option({
      value: 'name=w|low:high|off',
      description:
        'Fix a block (OUT=0, or OUT=off for its weight in --base) or limit its range (IN00=0.2:0.8, single_blocks.*=0.2:0.8); LABEL_EMB of SDXL, text encoders and VAE are searched only if named (LABEL_EMB=0:1, TE=0:1, CLIP_L=0:1, VAE=1); repeatable',
    }),
  ),
  search: z
    .record(z.string().min(1), parameterRule)
    .default({})
    .meta(
      option({
        value: 'name=low:high[:steps]|a,b',
        description:
          'Search a parameter along with the block weights: a range (beta=0.5:1.5), a list of words (mode=a,b), or a fixed value (beta=0.8); repeatable',
      }),
    ),
  shares: z
    .boolean()
    .optional()
    .meta(
      option({
        description:
          'Split every block among the models of --method multi-sum: weights are at least 0 and add up to at most 1, the rest is model A; works with --group and --test-grouping',
      }),
    ),
  textEncoderLayers: z
    .boolean()
    .optional()
    .meta(
      option({
        description:
          'Search the text encoders named by --block layer by layer: TE.embedding, TE.0 to TE.11, TE.final; --curve TE=4 puts a curve over them',
      }),
    ),
  group: z
    .array(z.string().min(1))
    .default([])
    .meta(
      option({
        value: 'blocks',
        description:
          'Blocks that share one weight: IN00,IN01,IN02 or IN04-IN08 or single_blocks.*; repeatable',
      }),
    ),
  testGrouping: z
    .int()
    .min(1)
    .max(60)
    .default(1)
    .meta(
      option({
        value: 'n',
        description:
          'Number of neighbouring blocks that share one weight, within IN and within OUT (1 = none)',
      }),
    ),
  curve: z
    .array(z.string().min(1))
    .default([])
    .meta(
      option({
        value: '[row=]knots',
        description:
          'Search a curve over depth with this many knots instead of separate blocks: 4 for every row of blocks (IN, OUT), IN=4 for one row; repeatable',
      }),
    ),
  curveShape: z
    .enum(CURVE_SHAPES)
    .default('linear')
    .meta(
      option({
        value: 'shape',
        description: 'Shape between the knots: straight lines, or smooth without overshooting',
      }),
    ),
  base: z
    .string()
    .min(1)
    .optional()
    .meta(
      option({
        value: 'weights',
        description:
          'Weights for blocks that are off or missing from a warm start, in any form --warm-start accepts (default: 0)',
      }),
    ),
};
