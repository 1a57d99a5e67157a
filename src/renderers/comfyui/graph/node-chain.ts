/** The nodes that make the images of one request: text, latent, sampler, decoder, output. */
import type { UpscaleInputs } from '../catalog.ts';
import type { ForeignNodes, GraphNode, Link } from './graph.ts';
import type { Hires } from '../request/hires.ts';
import type { SamplerNames } from '../request/names.ts';
import { partsOf } from './parts.ts';
import type { Add, Source } from './parts.ts';
import type { ChainSettings } from '../request/settings.ts';

export interface Chain {
  readonly nodes: Readonly<Record<string, GraphNode>>;
  /** Ids of the output nodes, by the position of the seed. */
  readonly outputs: ReadonlyMap<number, string>;
  /** Those of a workflow file. */
  readonly foreign?: ForeignNodes;
}

/**
 * One sampler a seed: a batch of ComfyUI draws the noise of all its images from one generator, so only its first
 * one belongs to a seed.
 * @param prefix of the node ids, `p0`; those of an image begin with `p0s1_`
 * @param upscale names of the upscaler's inputs, for a hires pass that needs them
 * @param indexes positions of the seeds whose images are wanted
 */
export function chainOf(
  settings: ChainSettings,
  prefix: string,
  source: Source,
  upscale: UpscaleInputs | undefined,
  indexes: ReadonlySet<number>,
): Chain {
  const nodes: Record<string, GraphNode> = {};
  const add: Add = (id, classType, inputs) => {
    nodes[id] = { class_type: classType, inputs };
    return [id, 0];
  };

  const { model, clip, vae } = partsOf(settings, prefix, source, add);
  const encode = (id: string, text: string): Link => {
    const conditioning = add(`${prefix}_${id}`, 'CLIPTextEncode', { text, clip });
    const { guidance } = settings;
    return guidance === undefined
      ? conditioning
      : add(`${prefix}_${id}_guidance`, 'FluxGuidance', { conditioning, guidance });
  };
  const positive = encode('pos', settings.prompt);
  const negative = encode('neg', settings.negativePrompt);
  const { width, height, hires } = settings;
  const latent = add(`${prefix}_latent`, settings.latent, { width, height, batch_size: 1 });
  const upscaler = upscaleLoader(hires, prefix, upscale, add);
  const again = hires && {
    positive: hires.prompt === settings.prompt ? positive : encode('hr_pos', hires.prompt),
    negative:
      hires.negativePrompt === settings.negativePrompt ? negative : encode('hr_neg', hires.negativePrompt),
  };

  const outputs = chosen(settings.seeds, indexes, (seed, index) => {
    const id = `${prefix}s${index}`;
    const sample = (name: string, pass: Pass): Link =>
      add(`${id}_${name}`, 'KSampler', {
        model,
        seed,
        steps: pass.steps,
        cfg: settings.cfgScale,
        sampler_name: pass.sampler.sampler,
        scheduler: pass.sampler.scheduler,
        positive: pass.positive,
        negative: pass.negative,
        latent_image: pass.latent,
        denoise: pass.denoise,
      });
    let samples = sample('sample', { ...settings, positive, negative, latent, denoise: 1 });
    if (hires !== undefined && again !== undefined) {
      const larger = enlarge({ hires, samples, vae, id, upscaler, upscale }, add);
      samples = sample('sample2', { ...hires, ...again, latent: larger });
    }
    const image = add(`${id}_decode`, 'VAEDecode', { samples, vae });
    add(`${id}_out`, 'PreviewImage', { images: image });
    return `${id}_out`;
  });
  return { nodes, outputs };
}

/** What is made of each of the seeds that are wanted, by position. */
export function chosen<T>(
  seeds: readonly number[],
  indexes: ReadonlySet<number>,
  make: (seed: number, index: number) => T,
): ReadonlyMap<number, T> {
  const wanted = [...seeds.entries()].filter(([index]) => indexes.has(index));
  return new Map(wanted.map(([index, seed]) => [index, make(seed, index)] as const));
}

interface Pass {
  readonly steps: number;
  readonly sampler: SamplerNames;
  readonly positive: Link;
  readonly negative: Link;
  readonly latent: Link;
  readonly denoise: number;
}

function upscaleLoader(
  hires: Hires | undefined,
  prefix: string,
  upscale: UpscaleInputs | undefined,
  add: Add,
): Link | undefined {
  if (hires?.upscaler.kind !== 'image' || hires.upscaler.model === undefined) return undefined;
  if (upscale === undefined) throw new RangeError('An upscaler was matched on a server that has none.');
  return add(`${prefix}_upscaler`, 'UpscaleModelLoader', { [upscale.file]: hires.upscaler.model });
}

interface Enlargement {
  readonly hires: Hires;
  readonly samples: Link;
  readonly vae: Link | undefined;
  readonly id: string;
  readonly upscaler: Link | undefined;
  readonly upscale: UpscaleInputs | undefined;
}

/** @returns the latent for the second sampler */
function enlarge({ hires, samples, vae, id, upscaler, upscale }: Enlargement, add: Add): Link {
  const { size } = hires;
  if (hires.upscaler.kind === 'latent') {
    const how = { samples, upscale_method: hires.upscaler.method };
    return size.scale === undefined
      ? add(`${id}_upscale`, 'LatentUpscale', {
          ...how,
          width: size.width,
          height: size.height,
          crop: 'center',
        })
      : add(`${id}_upscale`, 'LatentUpscaleBy', { ...how, scale_by: size.scale });
  }
  let image = add(`${id}_small`, 'VAEDecode', { samples, vae });
  if (upscaler !== undefined && upscale !== undefined) {
    image = add(`${id}_enlarge`, 'ImageUpscaleWithModel', {
      [upscale.model]: upscaler,
      [upscale.image]: image,
    });
  }
  image = add(`${id}_scale`, 'ImageScale', {
    image,
    upscale_method: hires.upscaler.method,
    width: size.width,
    height: size.height,
    crop: 'center',
  });
  return add(`${id}_encode`, 'VAEEncode', { pixels: image, vae });
}
