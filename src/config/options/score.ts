/** What judges the images, and how their scores become one number. */
import { z } from 'zod';
import { optionsOf } from './option.ts';

const option = optionsOf('Score');

/** As in score/combine.ts, which is no business of the configuration. */
const COMBINATIONS = ['arithmetic', 'geometric', 'quadratic', 'min'] as const;

export const scoreOptions = {
  scorer: z
    .array(z.string().min(1))
    .min(1)
    .default(['quality'])
    .meta(
      option({
        value: 'name[=weight]',
        description: 'What judges the images; repeat to combine',
      }),
    ),
  scorerOptions: z
    .record(z.string(), z.unknown())
    .default({})
    .meta(
      option({
        value: 'scorer.key=value',
        description: 'Setting of a scorer, e.g. command.run="python score.py"; repeat for more',
      }),
    ),
  scoreMap: z
    .record(z.string(), z.string())
    .default({})
    .meta(
      option({
        value: 'scorer=map',
        description:
          'What is done with its values first: sigmoid, sigmoid:5.6, affine:2:1, clamp:0:1, z-score',
      }),
    ),
  scorerPayloads: z
    .record(z.string(), z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]))
    .default({})
    .meta(
      option({
        value: 'scorer=names',
        description:
          'Payloads that a scorer judges, all unless given: names or patterns with * and ?, comma-separated; ! leaves out',
      }),
    ),
  combine: z
    .enum(COMBINATIONS)
    .default('arithmetic')
    .meta(
      option({
        value: 'name',
        description: 'How several scorers become one number for an image',
      }),
    ),
  goals: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .meta(
      option({
        value: 'scorer,…',
        description:
          'Keep 2 or 3 scorers apart, and find the merges that none beats in all of them: quality,niqe; + joins scorers within a goal',
      }),
    ),
  calibration: z
    .string()
    .min(1)
    .optional()
    .meta(option({ value: 'file', description: 'What autombw calibrate wrote, for z-score' })),
  scoreCache: z
    .boolean()
    .default(true)
    .meta(
      option({
        description: 'Remember what expensive scorers said of an image, over all runs',
      }),
    ),
  payloadWeight: z
    .record(z.string(), z.number().positive())
    .default({})
    .meta(
      option({
        value: 'payload=w',
        description: 'How much the images of a payload count in a mean',
      }),
    ),
  tally: z
    .string()
    .default('arithmetic-mean')
    .meta(option({ value: 'name', description: 'How the scores of all images become one number' })),
};
