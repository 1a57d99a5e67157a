/** Real checkpoints of a small diffusion model, with a judge that reads the prompt. */
import path from 'node:path';
import { TINY_WORLD, type startSimulator } from '../../../../simulator/index.ts';
import { writePayloads } from './prompts.ts';
import { FOLDER, type DemoWorld } from './world.ts';

/** @param seed of the images */
export function tinyWorld(seed: number, start: typeof startSimulator): DemoWorld {
  return {
    start: async () => start({ world: 'tiny', port: 0, modelsDir: path.join(FOLDER, 'models') }),
    introduction: [
      'Its models are real checkpoints of a small diffusion model: crisp draws sharp images in pale',
      'colours, vivid draws blurred ones in bright colours. A judge, a small network that reads the',
      'prompt, scores every image from 0 to 1.',
    ],
    config: () => ({
      payload: writePayloads(FOLDER, seed),
      modelA: 'crisp',
      modelB: 'vivid',
      scorer: ['onnx'],
      scorerOptions: { onnx: { manifest: path.join(TINY_WORLD, 'judge', 'manifest.json') } },
    }),
  };
}
