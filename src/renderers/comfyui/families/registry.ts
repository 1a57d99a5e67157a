/**
 * Every family of src/architectures/transformers on ComfyUI. Loaders, types and numbers are those of ComfyUI's own workflows for the models;
 * the shift of the schedule is always the one that ComfyUI has for the family.
 *
 * To add one, write its row after the contract in family.ts; tests/unit/renderers/comfyui/families.test.ts goes through them all.
 */
import type { BlockLayout } from '../../../architectures/transformers/layout.ts';
import type { ComfyFamily, Drawing, DrawingOrReason, FamilyDefaults } from './family.ts';
import * as files from './files.ts';

const SIXTEEN_CHANNELS = { latent: 'EmptySD3LatentImage', multiple: 16 };
const FLUX2_LATENT = { latent: 'EmptyFlux2LatentImage', multiple: 16 };

function defaults(steps: number, cfgScale: number, more: Partial<FamilyDefaults> = {}): FamilyDefaults {
  return { steps, cfgScale, sampler: 'euler', scheduler: 'simple', size: 1024, ...more };
}

/** Distilled to few steps without CFG, as only the name of its file says. */
function isDistilled(file: string): boolean {
  return /turbo|lightning|hyper|distil|[^a-z]fast|dmd/i.test(file);
}

function has({ parts }: BlockLayout, part: string): boolean {
  return parts.includes(part);
}

function flux1(layout: BlockLayout): Drawing {
  const common = { ...SIXTEEN_CHANNELS, vae: files.fluxVae };
  // Relatives with another text encoder, which draw with CFG.
  if (has(layout, 'txt_norm')) {
    return { ...common, encoders: [{ files: [files.ovis], type: 'ovis' }], defaults: defaults(20, 5) };
  }
  if (!has(layout, 'vector_in')) {
    return {
      ...common,
      encoders: [{ files: [files.qwen25Vl], type: 'longcat_image' }],
      defaults: defaults(20, 4),
      patches: [{ className: 'CFGNorm', inputs: { strength: 1 } }],
    };
  }
  const encoders = [{ files: [files.clipL, files.t5xxl], type: 'flux' }];
  return has(layout, 'guidance_in')
    ? { ...common, encoders, defaults: defaults(20, 1), guidance: 3.5 }
    : { ...common, encoders, defaults: defaults(4, 1) };
}

/** The smallest of the three has this many blocks of its second group. */
const KLEIN_4B = 20;

function flux2(layout: BlockLayout, file: string): Drawing {
  const common = { ...FLUX2_LATENT, vae: files.flux2Vae };
  if (has(layout, 'guidance_in')) {
    const encoders = [{ files: [files.mistral], type: 'flux2' }];
    return { ...common, encoders, defaults: defaults(20, 1), guidance: 4 };
  }
  const [, single = 0] = layout.counts;
  const encoder = single <= KLEIN_4B ? files.qwen3Four : files.qwen3Eight;
  return {
    ...common,
    encoders: [{ files: [encoder], type: 'flux2' }],
    defaults: /base/i.test(file) ? defaults(20, 5) : defaults(4, 1),
  };
}

function chroma(layout: BlockLayout): Drawing {
  const encoders = [{ files: [files.t5xxl], type: 'chroma' }];
  const isRadiance = layout.parts.some((part) => part.startsWith('nerf_'));
  return isRadiance
    ? {
        encoders,
        vae: files.noVae,
        latent: 'EmptyChromaRadianceLatentImage',
        multiple: 16,
        defaults: defaults(30, 3.5, { scheduler: 'beta' }),
      }
    : {
        encoders,
        vae: files.fluxVae,
        ...SIXTEEN_CHANNELS,
        defaults: defaults(26, 3.5, { scheduler: 'beta' }),
      };
}

function zImage(layout: BlockLayout, file: string): DrawingOrReason {
  if (has(layout, 'dec_net')) return { reason: 'needs its own node chain in ComfyUI' };
  return {
    encoders: [{ files: [files.qwen3Four], type: 'lumina2' }],
    vae: files.fluxVae,
    ...SIXTEEN_CHANNELS,
    defaults: isDistilled(file)
      ? defaults(8, 1, { sampler: 'res_multistep' })
      : defaults(25, 4, { sampler: 'res_multistep' }),
  };
}

function lumina2(layout: BlockLayout): Drawing {
  const isNewBie = has(layout, 'clip_text_pooled_proj');
  return {
    encoders: [
      isNewBie
        ? { files: [files.gemma3, files.jinaClip], type: 'newbie' }
        : { files: [files.gemma2], type: 'lumina2' },
    ],
    vae: files.fluxVae,
    ...SIXTEEN_CHANNELS,
    defaults: isNewBie
      ? defaults(20, 5.5, { sampler: 'res_multistep' })
      : defaults(30, 4, { sampler: 'res_multistep' }),
  };
}

function hidream(_: BlockLayout, file: string): Drawing {
  const isShort = isDistilled(file) || /[^a-z]dev/i.test(file);
  return {
    encoders: [
      { files: [files.hidreamClipL, files.hidreamClipG, files.t5xxl, files.llama] },
      { files: [files.clipL, files.clipG, files.t5xxl, files.llama] },
      { files: [files.t5xxl, files.llama], type: 'hidream' },
      { files: [files.llama], type: 'hidream' },
    ],
    vae: files.fluxVae,
    ...SIXTEEN_CHANNELS,
    defaults: isShort
      ? defaults(28, 1, { sampler: 'lcm', scheduler: 'normal' })
      : defaults(50, 5, { sampler: 'uni_pc' }),
  };
}

function family(id: string, drawing: DrawingOrReason): ComfyFamily {
  return { id, drawing: () => drawing };
}

function distillable(id: string, base: Omit<Drawing, 'defaults'>, usual: FamilyDefaults): ComfyFamily {
  return {
    id,
    drawing: (_, file) => ({
      ...base,
      defaults: isDistilled(file) ? { ...usual, steps: 8, cfgScale: 1 } : usual,
    }),
  };
}

const VIDEO = 'makes videos, but a search needs images';

export const COMFY_FAMILIES: readonly ComfyFamily[] = [
  {
    ...family('sd3', {
      encoders: [
        { files: [files.clipL, files.clipG, files.t5xxl] },
        { files: [files.clipL, files.clipG], type: 'sd3' },
        { files: [files.t5xxl], type: 'sd3' },
      ],
      vae: files.sd3Vae,
      ...SIXTEEN_CHANNELS,
      defaults: defaults(20, 4, { scheduler: 'sgm_uniform' }),
    }),
    isWhole: true,
  },
  {
    ...family('auraflow', {
      encoders: [{ files: [files.pileT5], type: 'stable_diffusion' }],
      vae: files.sdxlVae,
      latent: 'EmptyLatentImage',
      multiple: 16,
      defaults: defaults(25, 3.5),
    }),
    isWhole: true,
  },
  family('hunyuan-video', { reason: VIDEO }),
  { id: 'flux2', drawing: flux2 },
  { id: 'chroma', drawing: chroma },
  { id: 'flux1', drawing: flux1 },
  { id: 'z-image', drawing: zImage },
  { id: 'lumina2', isWhole: true, drawing: lumina2 },
  family('wan', { reason: VIDEO }),
  {
    ...family('hidream-o1', {
      encoders: [],
      vae: files.noVae,
      latent: 'EmptyHiDreamO1LatentImage',
      multiple: 32,
      defaults: defaults(40, 5, { scheduler: 'normal', size: 2048 }),
    }),
    isWhole: true,
  },
  { id: 'hidream', drawing: hidream },
  distillable(
    'anima',
    {
      encoders: [{ files: [files.qwen3Small], type: 'stable_diffusion' }],
      vae: files.qwenVae,
      ...SIXTEEN_CHANNELS,
    },
    defaults(30, 4),
  ),
  family('cosmos-predict2', {
    encoders: [{ files: [files.oldT5], type: 'cosmos' }],
    vae: files.wanVae,
    ...SIXTEEN_CHANNELS,
    defaults: defaults(35, 4),
  }),
  family('cosmos1', { reason: VIDEO }),
  distillable(
    'lens',
    {
      encoders: [{ files: [files.gptOss], type: 'lens' }],
      vae: files.flux2Vae,
      ...FLUX2_LATENT,
      patches: [{ className: 'CFGNorm', inputs: { strength: 1 } }],
    },
    defaults(20, 5),
  ),
  distillable(
    'qwen-image-2.1',
    {
      encoders: [{ files: [files.qwen3VlEight], type: 'qwen_image' }],
      vae: files.qwen21Vae,
      latent: 'EmptyLatentImage',
      multiple: 16,
    },
    defaults(25, 4),
  ),
  family('mage-flow', { reason: 'needs its own prompt node in ComfyUI' }),
  distillable(
    'qwen-image',
    {
      encoders: [{ files: [files.qwen25Vl], type: 'qwen_image' }],
      vae: files.qwenVae,
      ...SIXTEEN_CHANNELS,
    },
    defaults(20, 4),
  ),
  distillable(
    'krea2',
    {
      encoders: [{ files: [files.qwen3VlFour], type: 'krea2' }],
      vae: files.qwenVae,
      ...SIXTEEN_CHANNELS,
    },
    defaults(25, 4),
  ),
  family('ideogram4', { reason: 'uses a second network for the unprompted part' }),
  distillable(
    'ernie-image',
    {
      encoders: [{ files: [files.ministral], type: 'flux2' }],
      vae: files.flux2Vae,
      ...FLUX2_LATENT,
    },
    defaults(20, 4),
  ),
];

/** Undefined for a family that has no row yet. */
export function comfyFamily(id: string): ComfyFamily | undefined {
  return COMFY_FAMILIES.find((one) => one.id === id);
}
