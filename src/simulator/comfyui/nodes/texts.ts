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

/** For Flux: the two encoders may be told different things. */
export const clipTextEncodeFlux: NodeClass = {
  run: (inputs) => {
    const [short, long] = [inputs.text('clip_l'), inputs.text('t5xxl')].map(normalisePromptText);
    const text = short === long ? (short ?? '') : `${short}\n${long}`;
    return {
      values: [
        { kind: 'CONDITIONING', text, clip: inputs.clip('clip'), guidance: inputs.number('guidance') },
      ],
    };
  },
};

export const fluxGuidance: NodeClass = {
  run: (inputs) => ({
    values: [{ ...inputs.conditioning('conditioning'), guidance: inputs.number('guidance') }],
  }),
};

export const conditioningZeroOut: NodeClass = {
  run: (inputs) => ({ values: [{ ...inputs.conditioning('conditioning'), text: '', isZero: true }] }),
};

export const clipSetLastLayer: NodeClass = {
  run: (inputs) => ({
    values: [{ ...inputs.clip('clip'), skip: -inputs.number('stop_at_clip_layer') }],
  }),
};
