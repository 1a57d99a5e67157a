/** Painted landscapes: no models, and nothing to install. */
import { fileURLToPath } from 'node:url';
import { startSimulator } from '../../../../simulator/index.ts';
import type { DemoWorld } from './world.ts';

const PAYLOADS = ['coast.json', 'village.json'];

export const PAINTED_WORLD: DemoWorld = {
  start: async () => startSimulator({ port: 0, models: ['modelA', 'modelB'] }),
  introduction: [
    'It has no models, but paints landscapes whose quality depends on the 27 block weights as it did in',
    'a recorded search. The scorer quality measures every image from 0 to 1.',
  ],
  config: () => ({
    payload: PAYLOADS.map((file) =>
      fileURLToPath(new URL(`../../../../../payloads/${file}`, import.meta.url)),
    ),
    modelA: 'modelA',
    modelB: 'modelB',
    // There is no checkpoint that could be written.
    saveBest: 'none',
  }),
};
