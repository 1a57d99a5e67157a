/** Stable Diffusion 2.x: the UNet of 1.x with another text encoder, and often another thing that it predicts. */
import type { ArchitectureRow } from './architecture.ts';
import { openClip, vaePart } from './part-blocks.ts';
import { sd1 } from './sd1.ts';
import { hasLabels, hasUNet, isSecond, VAE, variantOf } from './sd-unet.ts';

const { positionIdsKey: _, ...unetOfSd1 } = sd1;

export const sd2: ArchitectureRow = {
  ...unetOfSd1,
  id: 'sd2',
  title: 'Stable Diffusion 2.x',
  shortTitle: 'SD 2',
  // The standard's two names tell the prediction type, which the tensors do not; a model A that knows is believed.
  modelSpec: 'stable-diffusion-v2',
  recognise: (header) =>
    hasUNet(header) && !hasLabels(header) && isSecond(header) ? { variant: variantOf(header) } : undefined,
  textEncoders: [
    {
      prefix: 'cond_stage_model.',
      layers: /^cond_stage_model\.model\./,
      loraPrefixes: ['lora_te_', 'lora_te1_', 'text_encoder_'],
      isOpenClip: true,
    },
  ],
  partBlocks: [openClip('TE', 'cond_stage_model.', 24), vaePart(VAE)],
  contextWidth: 1024,
  hidesPrediction: true,
};
