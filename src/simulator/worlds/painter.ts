/**
 * The built-in world: a procedural landscape image whose measurable quality is that of a real search history's
 * objective function at the weights.
 */
import { builtinLandscape, gainAt } from '../../landscape/index.ts';
import type { Landscape } from '../../landscape/index.ts';
import { unlistedBlocks, weightsToList } from '../../architectures/sd-lists.ts';
import { hashText, randomStream } from '../random.ts';
import { degrade, prepareScene } from './degrade.ts';
import type { PreparedScene } from './degrade.ts';
import { gainAtDepth } from './depth.ts';
import { drawScene } from './scene.ts';
import type { BlockWeights, Pixels } from '../../types.ts';
import type { PaintJob, World } from './world.ts';

/** A search asks for the same few scenes at every trial: keeping them is most of the speed. */
const KEPT_PIXELS = 4_000_000;
/** How far the optimum of one prompt and seed lies from the common one, in weight units a block. */
const TASTE = 0.03;
const LUCK = 0.04;

/** A world whose images depend on where the weights lie and on no tensor: its steps cost nothing. */
export interface Painter extends World {
  readonly paint: (job: PaintJob) => Promise<Pixels>;
}

/** @param gpu unlike names round differently: the images look the same, and their pixels are others */
export function createPainter(landscape: Landscape = builtinLandscape(), gpu = ''): Painter {
  const scenes = new Map<string, Promise<PreparedScene>>();
  const paint: Painter['paint'] = async (job) => {
    const scene = await sceneOf(scenes, job);
    const weights = textOf(job.weights) + (job.unet ?? '');
    return await degrade(scene, {
      quality: qualityOf(job, landscape),
      grainSeed: hashText(`grain|${job.seed}|${job.prompt}`),
      ditherSeed: hashText(
        `${weights}|${job.batch.size}|${job.batch.index}|${job.finished}|${job.damaged}|${job.prompt}|${job.seed}${gpu === '' ? '' : `|${gpu}`}`,
      ),
    });
  };
  return { name: 'painter', paint, begin: () => ({ step: async () => {}, paint }) };
}

/**
 * 0..1, strictly increasing with the landscape at the weights. Every prompt and seed has its own taste: an optimum
 * and a level a little beside the common ones.
 */
export function qualityOf(job: PaintJob, landscape: Landscape): number {
  const random = randomStream(hashText(`${job.prompt}|${job.seed}`));
  const offset = LUCK * (2 * random() - 1);
  const taste = (): number => TASTE * (2 * random() - 1);
  const gain = isListed(job.weights)
    ? gainAt(
        landscape,
        weightsToList(job.weights, 'search').map((weight) => weight + taste()),
      )
    : gainAtDepth(job.weights, taste);
  return job.finished * (job.damaged ? 0.2 : 1) * logistic(gain + offset);
}

/** Of Stable Diffusion: the landscape was measured on its blocks. */
function isListed(weights: BlockWeights): boolean {
  return unlistedBlocks(weights).length === 0;
}

function textOf(weights: BlockWeights): string {
  return JSON.stringify(isListed(weights) ? weightsToList(weights, 'search') : Object.entries(weights));
}

/** Places the reachable gains (about -0.5 to 1) on the steep part, and never saturates. */
function logistic(gain: number): number {
  return 1 / (1 + Math.exp(-3 * (gain - 0.25)));
}

async function sceneOf(scenes: Map<string, Promise<PreparedScene>>, job: PaintJob): Promise<PreparedScene> {
  const key = sceneKey(job);
  const known = scenes.get(key);
  if (known !== undefined) {
    // Re-inserted: a Map's order is then that of last use.
    scenes.delete(key);
    scenes.set(key, known);
    return await known;
  }
  const { width, height, prompt, negativePrompt } = job;
  const drawn = drawScene({ width, height, prompt, negativePrompt, salt: key }).then(prepareScene);
  scenes.set(key, drawn);
  const scene = await drawn;
  await forget(scenes);
  return scene;
}

/** All that makes it another scene; the weights and what is decided after the sampling are not among it. */
function sceneKey(job: PaintJob): string {
  const { width, height, prompt, negativePrompt, seed, steps, cfgScale, sampler, scheduler, clipSkip } = job;
  const variation = job.subseedStrength > 0 ? [job.subseed, job.subseedStrength] : [];
  const { hires, textEncoder, vae, conditions = '' } = job;
  return JSON.stringify([
    width,
    height,
    prompt,
    negativePrompt,
    seed,
    steps,
    cfgScale,
    sampler,
    scheduler,
    clipSkip,
    hires,
    textEncoder,
    vae,
    variation,
    ...(conditions === '' ? [] : [conditions]),
  ]);
}

async function forget(scenes: Map<string, Promise<PreparedScene>>): Promise<void> {
  let pixels = 0;
  for (const [key, drawn] of [...scenes].toReversed()) {
    const { width, height } = await drawn;
    pixels += width * height;
    if (pixels > KEPT_PIXELS && pixels > width * height) scenes.delete(key);
  }
}
