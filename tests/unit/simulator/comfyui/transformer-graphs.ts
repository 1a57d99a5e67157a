/** Graphs of transformers, as today's servers take them. Node 9 shows the image. */
import { node } from './graphs.ts';
import type { Graph, Inputs } from './graphs.ts';

/** Network files of A and B, with the encoders and VAE of Flux, and what merges them as node 3. */
export function fluxGraph(merge?: Graph[string], changes: Readonly<Record<string, Inputs>> = {}): Graph {
  const network = (name: string): Graph[string] =>
    node('UNETLoader', { unet_name: name, weight_dtype: 'default' });
  const encoders = { clip_name1: 'clip_l.safetensors', clip_name2: 't5xxl_fp16.safetensors', type: 'flux' };
  const graph: Graph = {
    1: network('modelA.safetensors'),
    2: network('modelB.safetensors'),
    3: merge ?? node('ModelMergeSimple', { model1: ['1', 0], model2: ['2', 0], ratio: 1 }),
    4: node('CLIPTextEncode', { clip: ['10', 0], text: 'a lake' }),
    5: node('CLIPTextEncode', { clip: ['10', 0], text: '' }),
    6: node('EmptySD3LatentImage', { width: 64, height: 64, batch_size: 1 }),
    7: node('KSampler', {
      model: ['3', 0],
      positive: ['4', 0],
      negative: ['5', 0],
      latent_image: ['6', 0],
      seed: 1,
      steps: 2,
      cfg: 1,
      sampler_name: 'euler',
      scheduler: 'simple',
      denoise: 1,
    }),
    8: node('VAEDecode', { samples: ['7', 0], vae: ['11', 0] }),
    9: node('PreviewImage', { images: ['8', 0] }),
    10: node('DualCLIPLoader', encoders),
    11: node('VAELoader', { vae_name: 'ae.safetensors' }),
  };
  for (const [id, inputs] of Object.entries(changes)) {
    const old = graph[id];
    if (old !== undefined) graph[id] = { ...old, inputs: { ...old.inputs, ...inputs } };
  }
  return graph;
}
