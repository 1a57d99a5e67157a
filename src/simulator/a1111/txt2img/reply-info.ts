import { modelHash } from '../webui.ts';
import type { Webui } from '../webui.ts';
import { infotextOf } from './infotext.ts';
import type { Plan } from './plan.ts';

export interface ReplyInfo {
  readonly infotexts: readonly string[];
  readonly [key: string]: unknown;
}

/**
 * The `info` of a reply. It has a seed for every image that was asked for, and an infotext for every image that
 * was made, the grid included.
 */
export function replyInfo(
  webui: Webui,
  plan: Plan,
  {
    made,
    hasGrid,
    notes,
  }: {
    readonly made: number;
    readonly hasGrid: boolean;
    /** What extensions say, by label. */
    readonly notes: ReadonlyMap<string, unknown>;
  },
): ReplyInfo {
  const { request, sampler, size, seeds, subseeds } = plan;
  const name = webui.memory.contents.name;
  const hash = modelHash(webui.memory);
  const extra = { ...size.extra, ...Object.fromEntries(notes) };
  const texts = seeds.slice(0, made).map((seed, i) =>
    infotextOf({
      ...plan,
      seed,
      width: request.width ?? 0,
      height: request.height ?? 0,
      modelName: name,
      modelHash: hash,
      version: webui.version,
      variation: plan.subseedStrength > 0 ? { seed: subseeds[i] ?? 0, strength: plan.subseedStrength } : null,
      extra,
    }),
  );
  const schedule = sampler.schedule === 'Automatic' ? {} : { 'Schedule type': sampler.schedule };
  return {
    prompt: plan.prompt,
    all_prompts: seeds.map(() => plan.prompt),
    negative_prompt: plan.negativePrompt,
    all_negative_prompts: seeds.map(() => plan.negativePrompt),
    seed: seeds[0],
    all_seeds: seeds,
    subseed: subseeds[0],
    all_subseeds: subseeds,
    subseed_strength: plan.subseedStrength,
    width: request.width,
    height: request.height,
    sampler_name: sampler.name,
    cfg_scale: plan.cfgScale,
    steps: plan.steps,
    batch_size: plan.batchSize,
    restore_faces: request.restore_faces ?? false,
    face_restoration_model: null,
    sd_model_name: name,
    sd_model_hash: hash,
    sd_vae_name: null,
    sd_vae_hash: null,
    seed_resize_from_w: request.seed_resize_from_w,
    seed_resize_from_h: request.seed_resize_from_h,
    denoising_strength: request.denoising_strength,
    extra_generation_params: { ...schedule, ...extra },
    index_of_first_image: hasGrid ? 1 : 0,
    infotexts: hasGrid ? [texts[0] ?? '', ...texts] : texts,
    styles: request.styles ?? [],
    job_timestamp: webui.state.jobTimestamp,
    clip_skip: plan.clipSkip,
    is_using_inpainting_conditioning: false,
    version: webui.version,
  };
}
