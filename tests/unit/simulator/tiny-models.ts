import type { ModelDefinition } from '../../../src/simulator/index.ts';
import { recording } from './recording.ts';
import { z } from 'zod';

/** The checkpoints of the recordings: B has its own text encoder, U is B's UNet in A, C another UNet in A. */
export const TINY_A: ModelDefinition = {
  name: 'tinyA',
  textEncoder: 'A',
  sha256: shaOf('get_sd_models', 'tinyA'),
};
export const TINY_B: ModelDefinition = {
  name: 'tinyB',
  textEncoder: 'B',
  sha256: 'b9b623d123a00a0cb7714a58d374e7ea9cb334ce69a83b39258e9f53906c93bf',
};
export const TINY_U: ModelDefinition = {
  name: 'tinyBunetA',
  unet: 'tinyB',
  textEncoder: 'A',
  sha256: '601e8bd573554001d6aab55bf876841290c2d1e5309a551b7535b4531fe03cac',
};
export const TINY_C: ModelDefinition = {
  name: 'tinyC',
  textEncoder: 'A',
  sha256: '654e5518d7ee3f764657d11310e087d4e9d4d78bd186e72f53024b6052938909',
};

/** With the wrong hash that another extension had given it. */
export const TINY_A_RENAMED: ModelDefinition = { ...TINY_A, sha256: shaOf('q_sd_models_running', 'tinyA') };

/** With `.yaml` neighbours, as in the first recordings: every switch then replaces the UNet object. */
export function withConfig(model: ModelDefinition): ModelDefinition {
  return { ...model, config: `/webui/models/Stable-diffusion/${model.name}.yaml` };
}

function shaOf(name: string, model: string): string {
  const list = z.array(z.object({ model_name: z.string(), sha256: z.string().nullable() }));
  return list.parse(recording(name).body).find(({ model_name }) => model_name === model)?.sha256 ?? '';
}
