/** Families with two rows of blocks, one with separate streams of text and image, one with both together. */
import type { BlockGroup, NetworkKeys, TransformerFamily, VariantSigns } from './family.ts';

const DOUBLE = 'double_blocks.';
const SINGLE = 'single_blocks.';

function groups(double: number, single: number): BlockGroup[] {
  return [
    { start: DOUBLE, usual: double },
    { start: SINGLE, usual: single },
  ];
}

/** A norm's only tensor is `scale` in older files, `weight` in newer ones. */
function hasNorm(keys: NetworkKeys, name: string): boolean {
  return keys.has(`${name}.scale`) || keys.has(`${name}.weight`);
}

function isFluxLike(keys: NetworkKeys): boolean {
  return hasNorm(keys, `${DOUBLE}0.img_attn.norm.key_norm`);
}

const FLUX_CHANNELS = 64;

function signsOfFlux1(keys: NetworkKeys): VariantSigns {
  const channels = keys.shapeOf('img_in.weight')?.[1] ?? FLUX_CHANNELS;
  return {
    kin: kinOfFlux1(keys),
    // Fill, Depth and Canny are told more of the image than its latents.
    also: channels > FLUX_CHANNELS ? `${channels} input channels` : undefined,
  };
}

function kinOfFlux1(keys: NetworkKeys): string {
  if (keys.has(`${DOUBLE}0.img_mlp.gate_proj.weight`)) return 'Ovis-Image';
  if (keys.shapeOf('txt_in.weight')?.[1] === 3584 && !keys.hasUnder('vector_in.')) return 'LongCat-Image';
  return keys.has('guidance_in.in_layer.weight') ? 'dev' : 'schnell';
}

/** Has both rows of blocks, and must be asked for before Flux. */
export const hunyuanVideo: TransformerFamily = {
  id: 'hunyuan-video',
  title: 'Hunyuan Video',
  drawing: 'own workflow',
  matches: (keys) => keys.has('txt_in.individual_token_refiner.blocks.0.norm1.weight'),
  groups: groups(20, 40),
  parts: ['img_in', 'txt_in', 'time_in', 'vector_in', 'guidance_in', 'final_layer'],
};

export const flux2: TransformerFamily = {
  id: 'flux2',
  title: 'Flux.2',
  matches: (keys) => isFluxLike(keys) && keys.has('double_stream_modulation_img.lin.weight'),
  widthKey: 'img_in.weight',
  groups: groups(8, 48),
  parts: [
    'img_in',
    'txt_in',
    'time_in',
    'guidance_in',
    'double_stream_modulation_img',
    'double_stream_modulation_txt',
    'single_stream_modulation',
    'final_layer',
  ],
};

const GUIDANCE = 'distilled_guidance_layer';

function signsOfChroma(keys: NetworkKeys): VariantSigns {
  if (!hasNorm(keys, 'nerf_blocks.0.norm')) return {};
  return { kin: keys.has('__x0__') ? 'Radiance x0' : 'Radiance' };
}

export const chroma: TransformerFamily = {
  id: 'chroma',
  title: 'Chroma',
  matches: (keys) =>
    isFluxLike(keys) && [`${GUIDANCE}.norms.0`, `${GUIDANCE}.0.norms.0`].some((name) => hasNorm(keys, name)),
  widthKey: 'txt_in.weight',
  signsOf: signsOfChroma,
  groups: groups(19, 38),
  parts: ['img_in', 'txt_in', GUIDANCE, 'final_layer'],
  encoders: ['t5xxl'],
};

export const flux1: TransformerFamily = {
  id: 'flux1',
  title: 'Flux.1',
  matches: (keys) => isFluxLike(keys) && keys.has('img_in.weight'),
  widthKey: 'img_in.weight',
  signsOf: signsOfFlux1,
  groups: groups(19, 38),
  parts: ['img_in', 'txt_in', 'time_in', 'vector_in', 'guidance_in', 'final_layer'],
  encoders: ['clip_l', 't5xxl'],
};
