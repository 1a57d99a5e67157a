/** Mean and spread of each scorer on the images of the two models, so that unlike scales can be compared. */
import { z } from 'zod';

const CALIBRATION_VERSION = 1;

const scorerCalibration = z.strictObject({
  version: z.string(),
  mean: z.number(),
  /** Above 0. */
  deviation: z.number().positive(),
  images: z.int().min(2),
});

export const calibrationSchema = z.strictObject({
  version: z.literal(CALIBRATION_VERSION),
  modelA: z.string(),
  modelB: z.string(),
  payloads: z.array(z.string()),
  scorers: z.record(z.string(), scorerCalibration),
});

export type Calibration = z.output<typeof calibrationSchema>;
export type ScorerCalibration = z.output<typeof scorerCalibration>;

/**
 * @param values raw scores of one scorer over the images of both models
 * @returns undefined where they do not differ, so that nothing can be calibrated
 */
export function calibrationOf(version: string, values: readonly number[]): ScorerCalibration | undefined {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / Math.max(1, values.length - 1));
  return deviation > 0 && values.length > 1 ? { version, mean, deviation, images: values.length } : undefined;
}
