/** Nodes that change how a model is sampled: for the images here they count by their numbers alone. */
import type { NodeClass } from './node.ts';

export const changedSampling: NodeClass = {
  run: (inputs) => {
    const model = inputs.model('model');
    const before = model.schedule === undefined ? [] : [model.schedule];
    return { values: [{ ...model, schedule: JSON.stringify([...before, ...inputs.plain]) }] };
  },
};
