/** Graphs of transformers, as today's servers take them, and what these say to them. Node 9 shows the image. */
import { z } from 'zod';
import { settled } from './client.ts';
import { node } from './graphs.ts';
import type { Graph, Inputs } from './graphs.ts';

export const FLUX = 'flux1:double_blocks=2,single_blocks=4';
export const MODELS = { model1: ['1', 0], model2: ['2', 0] };

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

export async function listOf(url: string, className: string, input: string): Promise<unknown> {
  const info = z
    .record(
      z.string(),
      z.object({
        input: z.object({
          required: z.record(
            z.string(),
            z.tuple([z.unknown()]).rest(z.looseObject({ options: z.unknown().optional() })),
          ),
        }),
      }),
    )
    .parse(await (await fetch(`${url}/object_info/${className}`)).json());
  const [list, options] = info[className]?.input.required[input] ?? [];
  return list === 'COMBO' ? options?.options : list;
}

export async function allNodes(url: string): Promise<Record<string, unknown>> {
  return z.record(z.string(), z.unknown()).parse(await (await fetch(`${url}/object_info`)).json());
}

/** Ratios of the merge node by input: those given, and `rest` for the others. */
export async function ratios(url: string, className: string, rest: number, own: Record<string, number> = {}) {
  const info = z
    .record(z.string(), z.object({ input: z.object({ required: z.record(z.string(), z.unknown()) }) }))
    .parse(await (await fetch(`${url}/object_info/${className}`)).json());
  const names = Object.keys(info[className]?.input.required ?? {}).filter((name) => !(name in MODELS));
  return { ...Object.fromEntries(names.map((name) => [name, rest])), ...own };
}

/** The one message of a prompt that is refused, or that fails. */
export async function refusal(url: string, prompt: object): Promise<unknown> {
  const response = await fetch(`${url}/prompt`, { method: 'POST', body: JSON.stringify({ prompt }) });
  const reply = z
    .object({
      node_errors: z
        .record(
          z.string(),
          z.object({ errors: z.array(z.object({ type: z.string(), details: z.string() })) }),
        )
        .optional(),
      prompt_id: z.string().optional(),
    })
    .parse(await response.json());
  if (reply.prompt_id === undefined) {
    return Object.values(reply.node_errors ?? {}).flatMap(({ errors }) =>
      errors.map(({ type, details }) => `${type}: ${details}`),
    );
  }
  const { status } = await settled(url, reply.prompt_id);
  const failed = status.messages.find(([type]) => type === 'execution_error')?.[1];
  return failed === undefined ? 'done' : [failed['node_type'], failed['exception_message']];
}
