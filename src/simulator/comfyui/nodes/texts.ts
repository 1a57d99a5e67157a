/** Text encoders at work. */
import type { NodeClass } from './node.ts';
import { normalisePromptText } from './prompt-text.ts';

export const clipTextEncode: NodeClass = {
  run: (inputs) => {
    const clip = inputs.clip('clip');
    const text = normalisePromptText(inputs.text('text'));
    return { values: [{ kind: 'CONDITIONING', text, clip }] };
  },
};

export const clipSetLastLayer: NodeClass = {
  run: (inputs) => ({
    values: [{ ...inputs.clip('clip'), skip: -inputs.number('stop_at_clip_layer') }],
  }),
};
