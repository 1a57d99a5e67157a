/** Every node that runs here, by class name. */
import type { MergeNodes } from '../object-info.ts';
import { checkpointSave, clipSave, modelSave, vaeSave } from './checkpoint-save.ts';
import {
  basicGuider,
  basicScheduler,
  cfgGuider,
  flux2Scheduler,
  kSamplerSelect,
  randomNoise,
  samplerCustomAdvanced,
} from './custom-sampler.ts';
import { imageScale, imageScaleBy, previewImage, saveImage, saveImageWebsocket } from './images.ts';
import { emptyLatentImage, latentUpscale, latentUpscaleBy } from './latents.ts';
import { checkpointLoader, clipLoader, unetLoader, vaeLoader } from './loaders.ts';
import {
  clipMergeAdd,
  clipMergeSimple,
  clipMergeSubtract,
  mergeAdd,
  mergeByBlocks,
  mergeSimple,
  mergeSubtract,
} from './merges.ts';
import { loraLoader, loraLoaderModelOnly } from './loras.ts';
import type { NodeClass } from './node.ts';
import { kSampler } from './sampler.ts';
import { changedSampling } from './schedules.ts';
import {
  clipSetLastLayer,
  clipTextEncode,
  clipTextEncodeFlux,
  clipTextEncodeSd3,
  conditioningZeroOut,
  fluxGuidance,
} from './texts.ts';
import { vaeDecode, vaeEncode } from './vae.ts';

export const NODE_CLASSES: ReadonlyMap<string, NodeClass> = new Map(
  Object.entries({
    BasicGuider: basicGuider,
    BasicScheduler: basicScheduler,
    CFGGuider: cfgGuider,
    CFGNorm: changedSampling,
    CheckpointLoaderSimple: checkpointLoader,
    CheckpointSave: checkpointSave,
    CLIPLoader: clipLoader,
    CLIPMergeAdd: clipMergeAdd,
    CLIPMergeSimple: clipMergeSimple,
    CLIPMergeSubtract: clipMergeSubtract,
    CLIPSave: clipSave,
    CLIPSetLastLayer: clipSetLastLayer,
    CLIPTextEncode: clipTextEncode,
    CLIPTextEncodeFlux: clipTextEncodeFlux,
    CLIPTextEncodeSD3: clipTextEncodeSd3,
    ConditioningZeroOut: conditioningZeroOut,
    DualCLIPLoader: clipLoader,
    EmptyChromaRadianceLatentImage: emptyLatentImage,
    EmptyFlux2LatentImage: emptyLatentImage,
    EmptyHiDreamO1LatentImage: emptyLatentImage,
    EmptyLatentImage: emptyLatentImage,
    EmptySD3LatentImage: emptyLatentImage,
    Flux2Scheduler: flux2Scheduler,
    FluxGuidance: fluxGuidance,
    ImageScale: imageScale,
    ImageScaleBy: imageScaleBy,
    KSampler: kSampler,
    KSamplerSelect: kSamplerSelect,
    LatentUpscale: latentUpscale,
    LatentUpscaleBy: latentUpscaleBy,
    LoraLoader: loraLoader,
    LoraLoaderModelOnly: loraLoaderModelOnly,
    ModelMergeAdd: mergeAdd,
    ModelMergeSimple: mergeSimple,
    ModelMergeSubtract: mergeSubtract,
    ModelSamplingAuraFlow: changedSampling,
    ModelSamplingFlux: changedSampling,
    ModelSamplingSD3: changedSampling,
    ModelSave: modelSave,
    PreviewImage: previewImage,
    QuadrupleCLIPLoader: clipLoader,
    RandomNoise: randomNoise,
    SamplerCustomAdvanced: samplerCustomAdvanced,
    SaveImage: saveImage,
    SaveImageWebsocket: saveImageWebsocket,
    TripleCLIPLoader: clipLoader,
    UNETLoader: unetLoader,
    VAEDecode: vaeDecode,
    VAEEncode: vaeEncode,
    VAELoader: vaeLoader,
    VAESave: vaeSave,
  }),
);

/** The server's own merge nodes by blocks differ in their inputs alone. */
const BY_BLOCKS = /^ModelMerge[A-Z]/u;

/** @param mergeNodes of custom packs */
export function nodeClass(name: string, mergeNodes: MergeNodes): NodeClass | undefined {
  const isByBlocks = name in mergeNodes || BY_BLOCKS.test(name);
  return NODE_CLASSES.get(name) ?? (isByBlocks ? mergeByBlocks : undefined);
}
