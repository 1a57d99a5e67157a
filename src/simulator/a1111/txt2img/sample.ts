/** The sampling itself: steps that take time, can be interrupted, and see whatever weights the UNet has meanwhile. */
import { pause } from '../../../shared/abort/pause.ts';
import type { FaultName } from '../../faults.ts';
import { fingerprint, partOf } from '../../models/state-dict.ts';
import type { StateDict } from '../../models/state-dict.ts';
import { guidanceNote } from '../../models/transformers/guidance.ts';
import type { BlockWeights } from '../../../space/blocks.ts';
import type { Pixels } from '../../../types.ts';
import type { PaintJob, SampleBatch, Sampling } from '../../worlds/world.ts';
import { ConditioningCache } from '../conditioning.ts';
import { pythonError } from '../failures.ts';
import type { Networks } from '../loras.ts';
import { otherParts } from '../other-parts.ts';
import type { Webui } from '../webui.ts';
import type { Plan } from './plan.ts';
import { firstPassSize } from './size.ts';

/** All images that were begun: fewer than asked for after an interrupt. */
export async function sampleImages(
  webui: Webui,
  plan: Plan,
  networks: Networks,
  faults: ReadonlySet<FaultName>,
): Promise<readonly Pixels[]> {
  const { state, settings } = webui;
  if (webui.memory.onMeta) {
    throw pythonError('RuntimeError', 'Tensor on device meta is not on the expected device cpu!');
  }
  await takeMergeTime(webui);
  const conditioning = conditioningOf(webui, plan, networks);
  const { batches, batchSize } = plan;
  state.jobCount = plan.request.enable_hr === true ? 2 * batches : batches;
  const images: Pixels[] = [];
  for (let batch = 0; batch < batches && !state.interrupted; batch++) {
    if (batches > 1) state.job = `Batch ${batch + 1} out of ${batches}`;
    state.skipped = false;
    const press = batch === 0 ? pressOf(faults) : undefined;
    const sampling = settings.world.begin({
      jobs: sampleJobs(plan, networks, batch),
      encoders: conditioning,
    });
    const run = await takeSteps(webui, plan, networks, sampling, press);
    for (let index = 0; index < batchSize; index++) {
      const job = paintJob(webui, plan, batch * batchSize + index, {
        ...run,
        prompt: networks.prompt,
        textEncoder: encodersOf(conditioning),
      });
      images.push(await sampling.paint(job, webui.memory.model));
    }
    state.nextJob();
  }
  return spoil(webui, images, faults);
}

/** Extensions compute what has changed before the first step. */
async function takeMergeTime(webui: Webui): Promise<void> {
  const { settings, memory, closing } = webui;
  const { mergeMs = 0, axis } = settings;
  if (mergeMs === 0) return;
  const merge = JSON.stringify(axis.positionOf(memory.model));
  const isSame = merge === webui.lastMerge;
  webui.lastMerge = merge;
  if (!isSame) await pause(mergeMs, closing.signal);
}

interface Run {
  /** Share of the steps that were taken. */
  readonly finished: number;
  /** The mean of the weights over the steps, or the weights themselves when they never changed. */
  readonly weights: BlockWeights;
}

/** The second pass begins with what these give. */
function sampleJobs(plan: Plan, { prompt }: Networks, batch: number): SampleBatch['jobs'] {
  const { request, batchSize, negativePrompt, seeds, subseeds, subseedStrength, steps, cfgScale } = plan;
  const size = firstPassSize(request, plan.size);
  return Array.from({ length: batchSize }, (_, index) => {
    const image = batch * batchSize + index;
    const [seed = 0, subseed = 0] = [seeds[image], subseeds[image]];
    return { ...size, prompt, negativePrompt, seed, subseed, subseedStrength, steps, cfgScale };
  });
}

async function takeSteps(
  webui: Webui,
  plan: Plan,
  networks: Networks,
  sampling: Sampling,
  press: 'interrupted' | 'skipped' | undefined,
): Promise<Run> {
  const { state, memory, settings, closing } = webui;
  const startedAt = performance.now();
  const milliseconds = settings.latencyMs * plan.batchSize;
  const seen: StateDict[] = [];
  state.samplingSteps = plan.steps;
  for (let step = 1; step <= plan.steps; step++) {
    // The step that is under way is finished first.
    if (press !== undefined && step > Math.ceil(plan.steps / 2)) state[press] = true;
    const left = startedAt + (milliseconds * step) / plan.steps - performance.now();
    if (left > 1) await pause(left, closing.signal);
    if (state.interrupted || state.skipped) break;
    state.samplingStep = step;
    const model = networks.applyTo(memory.model);
    seen.push(model);
    await sampling.step(model);
  }
  const positionOf = (model: StateDict): BlockWeights => settings.axis.positionOf(model);
  return {
    finished: seen.length / plan.steps,
    weights: meanWeights(seen.map(positionOf)) ?? positionOf(networks.applyTo(memory.model)),
  };
}

function pressOf(faults: ReadonlySet<FaultName>): 'interrupted' | 'skipped' | undefined {
  if (faults.has('interrupted') || faults.has('foreign-interrupt')) return 'interrupted';
  return faults.has('skipped') ? 'skipped' : undefined;
}

function meanWeights(seen: readonly BlockWeights[]): BlockWeights | undefined {
  const [first] = seen;
  if (first === undefined || seen.every((weights) => weights === first)) return first;
  return Object.fromEntries(
    Object.keys(first).map((block) => [
      block,
      seen.reduce((sum, weights) => sum + (weights[block] ?? 0), 0) / seen.length,
    ]),
  );
}

function paintJob(
  webui: Webui,
  plan: Plan,
  image: number,
  run: Run & { readonly prompt: string; readonly textEncoder: string },
): PaintJob {
  const { model, damaged } = webui.memory;
  const { request, size, sampler } = plan;
  const isSecondPass = request.enable_hr === true;
  return {
    ...run,
    damaged: damaged || !hasNetwork(model),
    negativePrompt: plan.negativePrompt,
    seed: plan.seeds[image] ?? 0,
    subseed: plan.subseeds[image] ?? 0,
    subseedStrength: plan.subseedStrength,
    width: size.width,
    height: size.height,
    steps: plan.steps,
    cfgScale: plan.cfgScale,
    sampler: sampler.name + etaNote(webui),
    scheduler: sampler.schedule,
    clipSkip: plan.clipSkip,
    batch: { size: plan.batchSize, index: image % plan.batchSize },
    hires: isSecondPass ? JSON.stringify([request.width, request.height, size.extra]) : null,
    vae: fingerprint(model, 'vae') + otherParts(webui).join('|'),
    ...(plan.distilledCfgScale === undefined
      ? {}
      : { conditions: guidanceNote(model, plan.distilledCfgScale) }),
  };
}

/** Noise that is added on the way; stands in the settings alone. */
function etaNote({ options }: Webui): string {
  const eta = options.get('eta_ancestral');
  return eta === 1 ? '' : ` eta ${String(eta)}`;
}

function hasNetwork(model: StateDict): boolean {
  for (const key of model.keys()) if (partOf(key) === 'unet') return true;
  return false;
}

/** The text encoders that read both prompts. */
function conditioningOf(webui: Webui, plan: Plan, networks: Networks): SampleBatch['encoders'] {
  const { memory, options, conditioning } = webui;
  const { steps, clipSkip, size } = plan;
  // Forge's modules bring text encoders: another choice of them is another model.
  const parts = webui.settings.family === 'forge' ? otherParts(webui).join('|') : '';
  const rest = [steps, clipSkip, size.width, size.height, networks.key, memory.contents.path, parts];
  const model = networks.applyTo(memory.model);
  const cached = options.get('persistent_cond_cache') === true ? conditioning : new ConditioningCache();
  return {
    positive: cached.read('positive', JSON.stringify([networks.prompt, ...rest]), model),
    negative: cached.read('negative', JSON.stringify([plan.negativePrompt, ...rest]), model),
  };
}

/** The same as a text. */
function encodersOf({ positive, negative }: SampleBatch['encoders']): string {
  const one = fingerprint(positive, 'text-encoder');
  const other = fingerprint(negative, 'text-encoder');
  return one === other ? one : `${one}|${other}`;
}

const GREY = 127;

/** Faults that strike the finished pixels. */
function spoil(webui: Webui, images: readonly Pixels[], faults: ReadonlySet<FaultName>): readonly Pixels[] {
  const { lastPixels } = webui;
  webui.lastPixels = images.map(({ data }) => data);
  if (faults.has('black'))
    return images.map((image) => ({ ...image, data: new Uint8Array(image.data.length) }));
  if (faults.has('grey'))
    return images.map((image) => ({ ...image, data: new Uint8Array(image.data.length).fill(GREY) }));
  if (!faults.has('frozen') || lastPixels.length === 0) return images;
  webui.lastPixels = lastPixels;
  return images.map((image, i) => {
    const old = lastPixels[i % lastPixels.length];
    return old?.length === image.data.length ? { ...image, data: old } : image;
  });
}
