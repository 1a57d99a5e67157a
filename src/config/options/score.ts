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
        description: 'What scores the images; repeat to combine several',
      }),
    ),
  scorerOptions: z
    .record(z.string(), z.unknown())
    .default({})
    .meta(
      option({
        value: 'scorer.key=value',
        description: 'Setting of a scorer, e.g. command.run="python score.py"; repeatable',
      }),
    ),
  scoreMap: z
    .record(z.string(), z.string())
    .default({})
    .meta(
      option({
        value: 'scorer=map',
        description:
          'How to map the values of a scorer before combining: sigmoid, sigmoid:5.6, affine:2:1, clamp:0:1, z-score',
      }),
    ),
  scorerPayloads: z
    .record(z.string(), z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]))
    .default({})
    .meta(
      option({
        value: 'scorer=names',
        description:
          'Payloads a scorer applies to (default: all): comma-separated names or patterns with * and ?; a leading ! excludes',
      }),
    ),
  combine: z
    .enum(COMBINATIONS)
    .default('arithmetic')
    .meta(
      option({
        value: 'name',
        description: 'How to combine several scorers into one number per image',
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
          'Optimize 2 or 3 scorers separately instead of as one score, e.g. quality,niqe; + combines scorers into one goal',
      }),
    ),
  calibration: z
    .string()
    .min(1)
    .optional()
    .meta(option({ value: 'file', description: 'File written by autombw calibrate, for z-score' })),
  scoreCache: z
    .boolean()
    .default(true)
    .meta(
      option({
        description: 'Reuse scores of expensive scorers from earlier runs',
        off: 'Do not reuse cached scores from earlier runs',
      }),
    ),
  payloadWeight: z
    .record(z.string(), z.number().positive())
    .default({})
    .meta(
      option({
        value: 'payload=w',
        description: "Weight of a payload's images in the mean",
      }),
    ),
  tally: z
    .string()
    .default('arithmetic-mean')
    .meta(option({ value: 'name', description: 'How to combine the scores of all images into one number' })),
};
