/** From latents to images and back: here the world paints. */
import { fingerprint, UNET_PREFIX } from '../../models/state-dict.ts';
import type { StateDict } from '../../models/state-dict.ts';
import type { PaintJob } from '../../worlds/world.ts';
import type { Pixels } from '../../../types.ts';
import { checkVae } from './conditions.ts';
import type { NodeClass, NodeTools } from './node.ts';
import { seedOf } from './sampler.ts';
import type { ConditioningValue, LatentValue, Pass, VaeValue } from './values.ts';

/** What decoding an empty latent gives. */
const GREY = 128;

export const vaeDecode: NodeClass = {
  run: async (inputs, tools) => {
    const latent = inputs.latent('samples');
    const vae = inputs.vae('vae');
    const images: Pixels[] = [];
    for (let index = 0; index < latent.batch; index++) {
      images.push(await imageOf(latent, vae, index, tools));
    }
    if (latent.pass?.spoilt !== 'frozen') tools.lastImages.last = images.map(({ data }) => data);
    tools.lastImages.made += images.length;
    return { values: [{ kind: 'IMAGE', images, latent }] };
  },
};

export const vaeEncode: NodeClass = {
  run: (inputs) => {
    const { images, latent } = inputs.image('pixels');
    const [first] = images;
    const [width, height] = [first?.width ?? 8, first?.height ?? 8].map((side) => side - (side % 8));
    const changes = `${latent.changes}|encoded ${fingerprint(inputs.vae('vae').tensors, 'vae')}`;
    return {
      values: [{ ...latent, images, changes, width: width ?? 8, height: height ?? 8 }],
    };
  },
};

async function imageOf(
  latent: LatentValue,
  vae: VaeValue,
  index: number,
  { axis, lastImages, world }: NodeTools,
): Promise<Pixels> {
  const { width, height, pass } = latent;
  const kept = latent.images?.[index];
  if (kept !== undefined) return kept;
  const flat = (value: number): Pixels => ({
    width,
    height,
    data: new Uint8Array(3 * width * height).fill(value),
  });
  if (pass === null) return flat(GREY);
  // The toy's own parts fit each other, whatever their sizes.
  if (world.name === 'painter') checkVae(pass.unet, vae.tensors);
  if (pass.spoilt === 'black' || hasNan(latent, vae)) return flat(0);
  if (pass.spoilt === 'grey') return flat(GREY);
  const old = lastImages.last[index % Math.max(1, lastImages.last.length)];
  if (pass.spoilt === 'frozen' && old?.length === 3 * width * height) return { width, height, data: old };
  const job = paintJob(latent, pass, vae, index, axis.positionOf(pass.unet));
  return await pass.sampling.paint(job, vae.tensors);
}

function paintJob(
  { width, height, batch, changes }: LatentValue,
  pass: Pass,
  vae: VaeValue,
  index: number,
  weights: PaintJob['weights'],
): PaintJob {
  const { positive, negative, seed, from, conditions } = pass;
  return {
    weights,
    width,
    height,
    prompt: positive.text,
    negativePrompt: negative.text,
    seed: seedOf(seed, index),
    subseed: 0,
    subseedStrength: 0,
    steps: pass.steps,
    finished: 1,
    cfgScale: pass.cfg,
    sampler: pass.sampler,
    scheduler: pass.scheduler,
    clipSkip: positive.clip.skip,
    batch: { size: batch, index },
    hires: from === null && changes === '' ? null : JSON.stringify([from, changes]),
    textEncoder: encodersOf(positive, negative),
    vae: fingerprint(vae.tensors, 'vae'),
    unet: restOfUnet(pass.unet),
    conditions,
    damaged: false,
  };
}

function encodersOf(positive: ConditioningValue, negative: ConditioningValue): string {
  const [one, two] = [positive, negative].map(
    ({ clip }) => `${fingerprint(clip.tensors, 'text-encoder')}/${clip.skip}`,
  );
  const alone = fingerprint(positive.clip.tensors, 'text-encoder');
  return one === two ? alone : `${one}|${two}`;
}

/** Fingerprint of what no block names; empty where there is nothing of the kind. */
function restOfUnet(unet: StateDict): string {
  const rest = [...unet].filter(([key]) => key.startsWith(`${UNET_PREFIX}label_emb.`));
  return rest.length === 0 ? '' : fingerprint(new Map(rest), 'unet');
}

/** One number that is none blackens the image. */
function hasNan({ pass }: LatentValue, vae: VaeValue): boolean {
  if (pass === null) return false;
  const parts = [pass.unet, pass.positive.clip.tensors, pass.negative.clip.tensors, vae.tensors];
  return parts.some((part) => !isFiniteModel(part));
}

/** Models are immutable, and this is much work on large ones. */
const known = new WeakMap<StateDict, boolean>();

function isFiniteModel(model: StateDict): boolean {
  const found = known.get(model);
  if (found !== undefined) return found;
  const isFinite = [...model.values()].every(({ data }) => data.every(Number.isFinite));
  known.set(model, isFinite);
  return isFinite;
}
