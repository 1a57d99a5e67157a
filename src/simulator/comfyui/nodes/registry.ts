/** Every node that runs here, by class name. LoRA loaders have no choices, so none ever gets this far. */
import { checkpointSave } from './checkpoint-save.ts';
import { imageScale, imageScaleBy, previewImage, saveImage, saveImageWebsocket } from './images.ts';
import { emptyLatentImage, latentUpscale, latentUpscaleBy } from './latents.ts';
import { checkpointLoader, vaeLoader } from './loaders.ts';
import {
  clipAdd,
  clipMergeSimple,
  clipSubtract,
  mergeAdd,
  mergeByBlocks,
  mergeSimple,
  mergeSubtract,
} from './merges.ts';
import type { NodeClass } from './node.ts';
import { kSampler } from './sampler.ts';
import { clipSetLastLayer, clipTextEncode } from './texts.ts';
import { vaeDecode, vaeEncode } from './vae.ts';

export const NODE_CLASSES: ReadonlyMap<string, NodeClass> = new Map(
  Object.entries({
    CheckpointLoaderSimple: checkpointLoader,
    CheckpointSave: checkpointSave,
    CLIPAdd: clipAdd,
    CLIPMergeSimple: clipMergeSimple,
    CLIPSetLastLayer: clipSetLastLayer,
    CLIPSubtract: clipSubtract,
    CLIPTextEncode: clipTextEncode,
    EmptyLatentImage: emptyLatentImage,
    ImageScale: imageScale,
    ImageScaleBy: imageScaleBy,
    KSampler: kSampler,
    LatentUpscale: latentUpscale,
    LatentUpscaleBy: latentUpscaleBy,
    ModelMergeAdd: mergeAdd,
    ModelMergeBlocks: mergeByBlocks,
    ModelMergeSD1: mergeByBlocks,
    ModelMergeSD2: mergeByBlocks,
    ModelMergeSDXL: mergeByBlocks,
    ModelMergeSimple: mergeSimple,
    ModelMergeSubtract: mergeSubtract,
    PreviewImage: previewImage,
    SaveImage: saveImage,
    SaveImageWebsocket: saveImageWebsocket,
    VAEDecode: vaeDecode,
    VAEEncode: vaeEncode,
    VAELoader: vaeLoader,
  }),
);
