/** Nodes that shift a model's schedule of noise: for the images here it counts by name alone. */
import type { NodeClass } from './node.ts';

export const shiftedSchedule: NodeClass = {
  run: (inputs) => ({
    values: [{ ...inputs.model('model'), schedule: JSON.stringify([...inputs.plain]) }],
  }),
};
