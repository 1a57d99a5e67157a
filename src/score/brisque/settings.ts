import { z } from 'zod';

export const brisqueSettings = z.strictObject({
  model: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Path of brisque_model_live.yml from OpenCV, or of a LIBSVM model (allmodel, svm.txt). Required.',
    ),
  range: z
    .string()
    .min(1)
    .optional()
    .describe('Path of the matching ranges: brisque_range_live.yml, allrange or normalize.pickle. Required.'),
});

export type BrisqueSettings = z.output<typeof brisqueSettings>;
