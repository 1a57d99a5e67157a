/** Text encoders at work. */
import type { NodeInputs } from './node-inputs.ts';
import type { NodeClass } from './node.ts';
import { normalisePromptText } from './prompt-text.ts';

export const clipTextEncode: NodeClass = {
  run: (inputs) => {
    const clip = inputs.clip('clip');
    const text = normalisePromptText(inputs.text('text'));
    return { values: [{ kind: 'CONDITIONING', text, clip }] };
  },
};

/** For families with several encoders, each of which may be told something else. */
function textOf(inputs: NodeInputs, names: readonly string[]): string {
  const texts = names.map((name) => normalisePromptText(inputs.text(name)));
  return [...new Set(texts)].join('\n');
}

export const clipTextEncodeFlux: NodeClass = {
  run: (inputs) => {
    const text = textOf(inputs, ['clip_l', 't5xxl']);
    const clip = inputs.clip('clip');
    return { values: [{ kind: 'CONDITIONING', text, clip, guidance: inputs.number('guidance') }] };
  },
};

export const clipTextEncodeSd3: NodeClass = {
  run: (inputs) => {
    const text = textOf(inputs, ['clip_l', 'clip_g', 't5xxl']);
    return { values: [{ kind: 'CONDITIONING', text, clip: inputs.clip('clip') }] };
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
