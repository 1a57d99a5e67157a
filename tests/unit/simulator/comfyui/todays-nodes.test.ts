/** What today's ComfyUI says of itself and of its nodes. */
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { nodeClass } from '../../../../src/simulator/comfyui/nodes/registry.ts';
import { startSimulator } from '../../../../src/simulator/index.ts';
import type { Simulator, SimulatorOptions } from '../../../../src/simulator/index.ts';
import { exchange } from './recording.ts';
import { allNodes, FLUX, ratios } from './transformer-graphs.ts';

const InputsSchema = z.record(z.string(), z.array(z.unknown()));
const NodesSchema = z.record(
  z.string(),
  z.looseObject({
    input: z.looseObject({ required: InputsSchema, optional: InputsSchema.optional() }),
    output: z.array(z.string()),
    output_node: z.boolean(),
  }),
);

let simulator: Simulator | undefined;

afterEach(async () => {
  await simulator?.close();
});

async function start(options: SimulatorOptions = {}): Promise<string> {
  simulator = await startSimulator({ family: 'comfyui', architecture: FLUX, ...options });
  return simulator.url;
}

describe("what today's server says of its nodes", () => {
  it('has the merge nodes as recorded: so many ratios, in this order', async () => {
    const url = await start();
    const counts: Record<string, number> = {};
    for (const name of Object.keys(await allNodes(url)).filter((one) => one.startsWith('ModelMerge'))) {
      counts[name] = Object.keys(await ratios(url, name, 1)).length;
    }
    expect(counts).toEqual({
      ModelMergeSimple: 1,
      ModelMergeSubtract: 1,
      ModelMergeAdd: 0,
      ModelMergeBlocks: 3,
      ModelMergeSD1: 30,
      ModelMergeSD2: 30,
      ModelMergeSDXL: 24,
      ModelMergeSD3_2B: 30,
      ModelMergeSD35_Large: 44,
      ModelMergeAuraflow: 43,
      ModelMergeFlux1: 63,
      ModelMergeMochiPreview: 53,
      ModelMergeLTXV: 33,
      ModelMergeCosmos7B: 34,
      ModelMergeCosmos14B: 42,
      ModelMergeWAN2_1: 46,
      ModelMergeCosmosPredict2_2B: 33,
      ModelMergeCosmosPredict2_14B: 41,
      ModelMergeQwenImage: 66,
      ModelMergeKrea2: 38,
    });
    const flux = Object.keys(await ratios(url, 'ModelMergeFlux1', 1));
    expect(flux.slice(0, 6)).toEqual([
      'img_in.',
      'time_in.',
      'guidance_in',
      'vector_in.',
      'txt_in.',
      'double_blocks.0.',
    ]);
    expect(Object.keys(await ratios(url, 'ModelMergeKrea2', 1)).slice(0, 9)).toEqual([
      'first.',
      'tmlp.',
      'txtmlp.',
      'tproj.',
      'txtfusion.layerwise_blocks.0.',
      'txtfusion.layerwise_blocks.1.',
      'txtfusion.projector.',
      'txtfusion.refiner_blocks.0.',
      'txtfusion.refiner_blocks.1.',
    ]);
  });

  it('can run every node that it lists', async () => {
    const url = await start();
    const names = Object.keys(await allNodes(url));
    expect(names.filter((name) => nodeClass(name, {}) === undefined)).toEqual([]);
  });

  it('describes each node as recorded, but for the files of its folders', async () => {
    const url = await start();
    const own = NodesSchema.parse(await allNodes(url));
    const { body } = exchange('get_object_info_transformers');
    for (const [name, wanted] of Object.entries(NodesSchema.parse(body))) {
      for (const part of ['required', 'optional'] as const) {
        const inputs = Object.entries(wanted.input[part] ?? {});
        expect([name, Object.keys(own[name]?.input[part] ?? {})]).toEqual([
          name,
          inputs.map(([input]) => input),
        ]);
        const fixed = inputs.filter(([input]) => !/^(ckpt|unet|clip|vae|lora)_name/.test(input));
        expect([name, own[name]?.input[part] ?? {}]).toMatchObject([name, Object.fromEntries(fixed)]);
      }
      const { output, output_node: isOutput } = wanted;
      expect([name, own[name]]).toMatchObject([name, { output, output_node: isOutput }]);
    }
  });

  it('says of itself what was recorded', async () => {
    const url = await start();
    const { system } = z
      .object({ system: z.record(z.string(), z.unknown()) })
      .parse(await (await fetch(`${url}/system_stats`)).json());
    expect(system).toMatchObject({ comfyui_version: '0.27.0', os: 'linux' });
    expect(await (await fetch(`${url}/features`)).json()).toMatchObject({ node_replacements: true });
    expect(await (await fetch(`${url}/models`)).json()).toContain('latent_upscale_models');
    expect((await fetch(`${url}/models/unet`)).status).toBe(404);
  });
});
