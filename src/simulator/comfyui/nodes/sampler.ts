/** KSampler. What it makes is not numbers but all that the picture depends on. */
import { fingerprint } from '../../models/state-dict.ts';
import type { StateDict } from '../../models/state-dict.ts';
import type { NodeClass } from './node.ts';
import type { LatentValue, Pass } from './values.ts';

export const kSampler: NodeClass = {
  run: async (inputs, tools) => {
    const given = inputs.model('model').unet;
    const latent = inputs.latent('latent_image');
    const steps = inputs.number('steps');
    const denoise = inputs.number('denoise');
    // A second pass over the same picture is no generation of its own.
    const { unet, spoilt } =
      latent.pass === null ? await tools.beginGeneration(given) : { unet: given, spoilt: latent.pass.spoilt };
    await tools.sample(steps, latent.batch);
    const pass: Pass = {
      unet,
      steps,
      denoise,
      spoilt,
      positive: inputs.conditioning('positive'),
      negative: inputs.conditioning('negative'),
      seed: inputs.number('seed'),
      cfg: inputs.number('cfg'),
      sampler: inputs.text('sampler_name'),
      scheduler: inputs.text('scheduler'),
      from: describeStart(latent, unet, denoise),
    };
    return { values: [{ ...latent, pass, changes: '', pictures: null }] };
  },
};

/**
 * The same UNet in the pass before is not named: the picture's place in the landscape tells of it, and pictures of one
 * chain must differ by their weights alone.
 */
function describeStart({ pass, changes }: LatentValue, unet: StateDict, denoise: number): string | null {
  if (pass === null) return denoise === 1 ? null : JSON.stringify([changes, denoise]);
  const { seed, steps, cfg, sampler, scheduler, positive, negative, from } = pass;
  const other =
    fingerprint(pass.unet, 'unet') === fingerprint(unet, 'unet') ? '' : fingerprint(pass.unet, 'unet');
  return JSON.stringify([
    [seed, steps, cfg, sampler, scheduler, positive.text, negative.text, from, pass.denoise, other],
    changes,
    denoise,
  ]);
}
