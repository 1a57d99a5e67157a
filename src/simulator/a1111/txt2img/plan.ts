/** What a request asks for, after the server has replaced what it does not know. */
import { takesGuidance, USUAL_GUIDANCE } from '../../models/transformers/guidance.ts';
import { pythonError } from '../failures.ts';
import { float } from '../pydantic.ts';
import type { Webui } from '../webui.ts';
import type { Txt2imgRequest } from './request.ts';
import { resolveSampler } from './sampler-names.ts';
import type { ResolvedSampler } from './sampler-names.ts';
import { finishedSize } from './size.ts';
import type { ImageSize } from './size.ts';

export interface Plan {
  readonly request: Txt2imgRequest;
  readonly prompt: string;
  readonly negativePrompt: string;
  readonly sampler: ResolvedSampler;
  readonly size: ImageSize;
  readonly steps: number;
  readonly cfgScale: number;
  /** Undefined where the model is told none. */
  readonly distilledCfgScale: number | undefined;
  readonly clipSkip: number;
  readonly batchSize: number;
  readonly batches: number;
  /** One for each image that was asked for. */
  readonly seeds: readonly number[];
  readonly subseeds: readonly number[];
  readonly subseedStrength: number;
}

const LARGEST_SEED = 4_294_967_294;

/** @throws the 500s of steps 0, impossible sizes and unknown upscalers */
export function planImages(webui: Webui, request: Txt2imgRequest): Plan {
  const size = finishedSize(request);
  const steps = needed(request.steps);
  if (steps < 1) throw pythonError('ZeroDivisionError', 'integer division or modulo by zero');
  const batchSize = Math.max(1, needed(request.batch_size));
  const batches = Math.max(1, needed(request.n_iter));
  const strength = request.subseed_strength ?? 0;
  const seed = drawn(webui, request.seed);
  const subseed = drawn(webui, request.subseed);
  const numbers = Array.from({ length: batchSize * batches }, (_, i) => i);
  return {
    request,
    size,
    steps,
    batchSize,
    batches,
    prompt: request.prompt ?? '',
    negativePrompt: request.negative_prompt ?? '',
    sampler: resolveSampler(request.sampler_name ?? request.sampler_index, request.scheduler),
    cfgScale: request.cfg_scale ?? 7,
    distilledCfgScale:
      request.distilled_cfg_scale !== undefined && takesGuidance(webui.memory.model)
        ? (request.distilled_cfg_scale ?? USUAL_GUIDANCE)
        : undefined,
    clipSkip: float(webui.options.get('CLIP_stop_at_last_layers')) ?? 1,
    // With a variation the seed stays and the subseed counts.
    seeds: numbers.map((i) => seed + (strength === 0 ? i : 0)),
    subseeds: numbers.map((i) => subseed + i),
    subseedStrength: strength,
  };
}

function needed(value: number | null): number {
  if (value === null) {
    throw pythonError('TypeError', "'NoneType' object cannot be interpreted as an integer");
  }
  return value;
}

function drawn(webui: Webui, seed: number | null): number {
  return seed === null || seed === -1 ? Math.floor(webui.random() * LARGEST_SEED) : seed;
}
