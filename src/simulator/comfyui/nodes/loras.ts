/** LoRAs: one strength for the whole network, and one for all text encoders. */
import type { LoraDefinition } from '../../models/lora-shelf.ts';
import { PythonError } from '../python.ts';
import type { NodeClass, NodeTools } from './node.ts';
import type { NodeInputs } from './node-inputs.ts';
import type { ModelValue } from './values.ts';

export const loraLoader: NodeClass = {
  run: (inputs, tools) => {
    const clip = inputs.clip('clip');
    const strength = inputs.number('strength_clip');
    const lora = found(inputs, tools);
    const tensors = tools.loras.apply(clip.tensors, lora, () => strength);
    return { values: [withLora(inputs, tools), { ...clip, tensors }] };
  },
};

export const loraLoaderModelOnly: NodeClass = {
  run: (inputs, tools) => ({ values: [withLora(inputs, tools)] }),
};

function withLora(inputs: NodeInputs, tools: NodeTools): ModelValue {
  const model = inputs.model('model');
  const strength = inputs.number('strength_model');
  return { ...model, unet: tools.loras.apply(model.unet, found(inputs, tools), () => strength) };
}

/** @throws PythonError for a file that is gone */
function found(inputs: NodeInputs, { loras }: NodeTools): LoraDefinition {
  const file = inputs.text('lora_name');
  const lora = loras.find(file.replace(/\.safetensors$/u, ''));
  if (lora !== undefined) return lora;
  throw new PythonError('FileNotFoundError', `Model in folder 'loras' with filename '${file}' not found.`);
}
