/**
 * Stable Diffusion XL, and what is made from it: Pony, Illustrious, NoobAI. Its UNet has three levels, 21 blocks. `label_emb`,
 * which tells the UNet the size of the image, stays model A's in the tools of the field; here it is a block for who asks.
 */
import type { ArchitectureRow, BlockName } from './architecture.ts';
import { clipL, openClip, vaePart } from './part-blocks.ts';
import { SEARCH_ORDER, WEIGHT_ORDERS } from './sd-lists.ts';
import {
  blockFinder,
  comfyInputs,
  EMA_PART,
  hasLabels,
  hasUNet,
  isDeep,
  NETWORK,
  pathOf,
  sidesOf,
  VAE,
  VAE_PART,
  variantOf,
} from './sd-unet.ts';

const BLOCKS: readonly BlockName[] = SEARCH_ORDER.filter((name) => !/(?:09|10|11)$/.test(name));
const OPTIONAL: readonly BlockName[] = ['LABEL_EMB'];

export const sdxl: ArchitectureRow = {
  id: 'sdxl',
  title: 'Stable Diffusion XL',
  shortTitle: 'SDXL',
  modelSpec: 'stable-diffusion-xl-v1-base',
  network: NETWORK,
  recognise: (header) =>
    hasUNet(header) && hasLabels(header) && !isDeep(header) ? { variant: variantOf(header) } : undefined,
  blocks: BLOCKS,
  optionalBlocks: OPTIONAL,
  blockOf: blockFinder([...BLOCKS, ...OPTIONAL]),
  path: pathOf(BLOCKS),
  sides: sidesOf(BLOCKS),
  parts: [{ name: 'text encoder', prefixes: ['conditioner.'] }, VAE_PART, EMA_PART],
  textEncoders: [
    {
      prefix: 'conditioner.embedders.0.',
      layers: /^conditioner\.embedders\.0\.transformer\.(text_model\.)?/,
      loraPrefixes: ['lora_te1_', 'text_encoder_'],
      isOpenClip: false,
    },
    {
      prefix: 'conditioner.embedders.1.',
      layers: /^conditioner\.embedders\.1\.model\./,
      loraPrefixes: ['lora_te2_', 'text_encoder_2_'],
      isOpenClip: true,
    },
  ],
  partBlocks: [
    clipL('CLIP_L', 'conditioner.embedders.0.'),
    openClip('CLIP_G', 'conditioner.embedders.1.', 32),
    vaePart(VAE),
  ],
  contextWidth: 2048,
  lists: {
    orders: WEIGHT_ORDERS,
    // Supermerger leaves `time_embed` of SDXL at model A.
    followers: { OUT: 'OUT08' },
    loraCounts: { lora: 12, lycoris: 20 },
  },
  foreign: {
    blocks: SEARCH_ORDER.filter((name) => !BLOCKS.includes(name)),
    range: 'IN09 to IN11 and OUT09 to OUT11',
    other: 'sd1',
  },
  comfyNode: {
    className: 'ModelMergeSDXL',
    inputs: comfyInputs([...BLOCKS, ...OPTIONAL], ''),
    others: [],
  },
};
