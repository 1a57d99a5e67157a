/** The sampler in parts: what KSampler is given in numbers comes here from nodes of their own. */
import type { NodeClass } from './node.ts';
import { sampled } from './sampler.ts';

export const kSamplerSelect: NodeClass = {
  run: (inputs) => ({ values: [{ kind: 'SAMPLER', name: inputs.text('sampler_name') }] }),
};

export const basicScheduler: NodeClass = {
  run: (inputs) => ({
    values: [
      {
        kind: 'SIGMAS',
        scheduler: inputs.text('scheduler'),
        steps: inputs.number('steps'),
        denoise: inputs.number('denoise'),
      },
    ],
  }),
};

export const flux2Scheduler: NodeClass = {
  run: (inputs) => ({
    values: [
      {
        kind: 'SIGMAS',
        scheduler: `flux2 ${inputs.number('width')}x${inputs.number('height')}`,
        steps: inputs.number('steps'),
        denoise: 1,
      },
    ],
  }),
};

export const randomNoise: NodeClass = {
  run: (inputs) => ({ values: [{ kind: 'NOISE', seed: inputs.number('noise_seed') }] }),
};

export const basicGuider: NodeClass = {
  run: (inputs) => ({
    values: [
      {
        kind: 'GUIDER',
        model: inputs.model('model'),
        positive: inputs.conditioning('conditioning'),
        negative: null,
        cfg: 1,
      },
    ],
  }),
};

export const cfgGuider: NodeClass = {
  run: (inputs) => ({
    values: [
      {
        kind: 'GUIDER',
        model: inputs.model('model'),
        positive: inputs.conditioning('positive'),
        negative: inputs.conditioning('negative'),
        cfg: inputs.number('cfg'),
      },
    ],
  }),
};

export const samplerCustomAdvanced: NodeClass = {
  run: async (inputs, tools) => {
    const { model, positive, negative, cfg } = inputs.guider('guider');
    const { scheduler, steps, denoise } = inputs.sigmas('sigmas');
    const { values } = await sampled(
      {
        model,
        latent: inputs.latent('latent_image'),
        steps,
        denoise,
        positive,
        negative: negative ?? { ...positive, text: '', isZero: true },
        seed: inputs.noise('noise').seed,
        cfg,
        sampler: inputs.sampler('sampler').name,
        scheduler,
      },
      tools,
    );
    // The second one is what the last step took the image for.
    return { values: [...values, ...values] };
  },
};
