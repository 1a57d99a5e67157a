/** Stable Diffusion 1.x, and what is made from it. */
import type { ArchitectureRow } from './architecture.ts';
import { clipL, vaePart } from './part-blocks.ts';
import { FOLLOWERS, SEARCH_ORDER, WEIGHT_ORDERS } from './sd-lists.ts';
import {
  blockFinder,
  comfyInputs,
  EMA_PART,
  hasLabels,
  hasUNet,
  isSecond,
  NETWORK,
  pathOf,
  sidesOf,
  VAE,
  VAE_PART,
  variantOf,
} from './sd-unet.ts';

export const sd1: ArchitectureRow = {
  id: 'sd1',
  title: 'Stable Diffusion 1.x',
  shortTitle: 'SD 1',
  modelSpec: 'stable-diffusion-v1',
  network: NETWORK,
  recognise: (header) =>
    hasUNet(header) && !hasLabels(header) && !isSecond(header) ? { variant: variantOf(header) } : undefined,
  blocks: SEARCH_ORDER,
  optionalBlocks: [],
  blockOf: blockFinder(SEARCH_ORDER),
  path: pathOf(SEARCH_ORDER),
  sides: sidesOf(SEARCH_ORDER),
  parts: [{ name: 'text encoder', prefixes: ['cond_stage_model.'] }, VAE_PART, EMA_PART],
  textEncoders: [
    {
      prefix: 'cond_stage_model.',
      layers: /^cond_stage_model\.transformer\.(text_model\.)?/,
      loraPrefixes: ['lora_te_', 'lora_te1_', 'text_encoder_'],
      isOpenClip: false,
    },
  ],
  partBlocks: [clipL('TE', 'cond_stage_model.'), vaePart(VAE)],
  positionIdsKey: 'cond_stage_model.transformer.text_model.embeddings.position_ids',
  contextWidth: 768,
  lists: { orders: WEIGHT_ORDERS, followers: FOLLOWERS, loraCounts: { lora: 17, lycoris: 26 } },
  comfyNode: {
    className: 'ModelMergeSD1',
    inputs: comfyInputs(SEARCH_ORDER, '.'),
    others: ['label_emb.'],
  },
  tellTale: {
    blocks: ['IN09', 'IN10', 'IN11', 'OUT09', 'OUT10', 'OUT11'],
    range: 'IN09 to IN11 and OUT09 to OUT11',
    other: 'sdxl',
  },
};
