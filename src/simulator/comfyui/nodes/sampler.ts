/** KSampler. What it makes is not numbers but all that the image depends on. */
import { fingerprint } from '../../models/state-dict.ts';
import type { StateDict } from '../../models/state-dict.ts';
import { hashText } from '../../random.ts';
import type { SampleBatch } from '../../worlds/world.ts';
import { checkEncoders, conditionsOf } from './conditions.ts';
import type { NodeClass, NodeResult, NodeTools } from './node.ts';
import type { LatentValue, ModelValue, Pass } from './values.ts';

export const kSampler: NodeClass = {
  run: async (inputs, tools) =>
    await sampled(
      {
        model: inputs.model('model'),
        latent: inputs.latent('latent_image'),
        steps: inputs.number('steps'),
        denoise: inputs.number('denoise'),
        positive: inputs.conditioning('positive'),
        negative: inputs.conditioning('negative'),
        seed: inputs.number('seed'),
        cfg: inputs.number('cfg'),
        sampler: inputs.text('sampler_name'),
        scheduler: inputs.text('scheduler'),
      },
      tools,
    ),
};

/** What a sampler is given, whatever node it stands in. */
export interface SamplerSettings extends Pick<
  Pass,
  'steps' | 'denoise' | 'positive' | 'negative' | 'seed' | 'cfg' | 'sampler' | 'scheduler'
> {
  readonly model: ModelValue;
  readonly latent: LatentValue;
}

/** @throws PythonError for prompts that were read for another family; what a fault says */
export async function sampled(
  { model, latent, ...settings }: SamplerSettings,
  tools: NodeTools,
): Promise<NodeResult> {
  const { steps, denoise, positive, negative } = settings;
  for (const { clip } of [positive, negative]) checkEncoders(model, clip);
  // A second pass over the same image is no generation of its own.
  const { unet, spoilt } =
    latent.pass === null
      ? await tools.beginGeneration(model.unet)
      : { unet: model.unet, spoilt: latent.pass.spoilt };
  const plan = {
    ...settings,
    unet,
    spoilt,
    conditions: conditionsOf(model, positive, negative),
    from: describeStart(latent, unet, denoise),
  };
  const sampling = tools.world.begin(batchOf(latent, plan));
  await tools.sample(steps, latent.batch, () => sampling.step(unet));
  const pass: Pass = { ...plan, sampling };
  return { values: [{ ...latent, pass, changes: '', images: null }] };
}

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
  const { seed, steps, cfg, sampler, scheduler, positive, negative, from, conditions } = pass;
  const other =
    fingerprint(pass.unet, 'unet') === fingerprint(unet, 'unet') ? '' : fingerprint(pass.unet, 'unet');
  return JSON.stringify([
    [seed, steps, cfg, sampler, scheduler, positive.text, negative.text, from, pass.denoise, other],
    ...(conditions === '' ? [] : [conditions]),
    changes,
    denoise,
  ]);
}
