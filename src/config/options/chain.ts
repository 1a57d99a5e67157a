/** Several searches that follow one another: passes of one merge, and merges that build on each other. */
import { z } from 'zod';
import { modelsOptions } from './models.ts';
import { optionsOf } from './option.ts';

const option = optionsOf('Several searches');

const { modelA, modelB, output } = modelsOptions;

/** The lines of --merge name them, where there are any. */
export const namedByLines = {
  modelA: modelA.optional().meta(modelA.meta() ?? {}),
  modelB: modelB.optional().meta(modelB.meta() ?? {}),
  output: output.optional().meta(output.meta() ?? {}),
};

export const chainOptions = {
  pass: z
    .array(z.union([z.string().min(1), z.record(z.string(), z.unknown())]))
    .default([])
    .meta(
      option({
        value: 'file',
        description:
          'Another pass after the first: JSON with the options that differ (payload, optimizer, block …); repeatable',
      }),
    ),
  shareMemory: z
    .boolean()
    .default(true)
    .meta(
      option({
        description: 'Reuse the results of earlier passes',
        off: 'Start each pass without the results of earlier passes',
      }),
    ),
  merge: z
    .array(z.string().min(1))
    .default([])
    .meta(
      option({
        value: 'A + B = O',
        description:
          'One of several merges, instead of --model-a, --model-b and --output; later ones may use earlier outputs',
      }),
    ),
  twoStep: z
    .boolean()
    .default(false)
    .meta(option({ description: 'Add 1 to every seed in every second merge' })),
};
