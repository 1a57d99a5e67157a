/** KSampler. What it makes is not numbers but all that the image depends on. */
import { fingerprint } from '../../models/state-dict.ts';
import type { StateDict } from '../../models/state-dict.ts';
import { hashText } from '../../random.ts';
import type { SampleBatch } from '../../worlds/world.ts';
import type { NodeClass } from './node.ts';
import type { LatentValue, Pass } from './values.ts';

export const kSampler: NodeClass = {
  run: async (inputs, tools) => {
    const given = inputs.model('model').unet;
    const latent = inputs.latent('latent_image');
    const steps = inputs.number('steps');
    const denoise = inputs.number('denoise');
    // A second pass over the same image is no generation of its own.
    const { unet, spoilt } =
      latent.pass === null ? await tools.beginGeneration(given) : { unet: given, spoilt: latent.pass.spoilt };
    const plan = {
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
    const sampling = tools.world.begin(batchOf(latent, plan));
    await tools.sample(steps, latent.batch, () => sampling.step(unet));
    const pass: Pass = { ...plan, sampling };
    return { values: [{ ...latent, pass, changes: '', images: null }] };
  },
};

function batchOf(
  { width, height, batch, pass }: LatentValue,
  { positive, negative, seed, steps, cfg, denoise, from }: Omit<Pass, 'sampling'>,
): SampleBatch {
  const jobs = Array.from({ length: batch }, (_, index) => ({
    width,
    height,
    steps,
    prompt: positive.text,
    negativePrompt: negative.text,
    cfgScale: cfg,
    seed: seedOf(seed, index),
    subseed: 0,
    subseedStrength: 0,
  }));
  const encoders = { positive: positive.clip.tensors, negative: negative.clip.tensors };
  const start = from === null ? {} : { start: { sampling: pass?.sampling ?? null, denoise } };
  return { jobs, encoders, ...start };
}

/** The noise of a batch comes from one generator: its second image is not that of the next seed. */
export function seedOf(seed: number, index: number): number {
  return index === 0 ? seed : hashText(`${seed}|${index} of a batch`);
}

/**
 * The same UNet in the pass before is not named: the image's place in the landscape tells of it, and images of one
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
