import { z } from 'zod';
import { groupsIn } from '../external/pattern.ts';
import { isOrdered, outsideSettings, RANGE_RULE } from '../external/settings.ts';
import { PRESET_NAMES } from './presets.ts';

export const infotextSettings = z
  .strictObject({
    preset: z
      .enum(PRESET_NAMES)
      .optional()
      .describe('Source of the score: the ImageReward script or the extension aesthetic-scorer.'),
    pattern: z
      .string()
      .refine((text) => groupsIn(text) > 0, {
        message: 'must be a regular expression with a group around the number',
      })
      .optional()
      .describe('Regular expression whose first group is the score, instead of a preset.'),
    min: outsideSettings.min,
    max: outsideSettings.max,
    higherIsBetter: outsideSettings.higherIsBetter,
    version: outsideSettings.version,
  })
  .refine(({ preset, pattern }) => (preset === undefined) !== (pattern === undefined), {
    path: ['preset'],
    message: `give either preset (${PRESET_NAMES.join(' or ')}) or pattern`,
  })
  .refine(isOrdered, { path: ['min'], message: RANGE_RULE });

export type InfotextSettings = z.output<typeof infotextSettings>;
